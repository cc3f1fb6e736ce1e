//! Draws.
mod app;
mod part;
mod shop;
use app::Script;
use service_group::Style;
fn main() {
    let style = Style::of(&std::io::stdout());
    println!("{}\n", app::App::PLAN.chart(style));
    println!("{}\n", app::App::PLAN.chart(style.width(80)));
    println!("{}\n", shop::Shop::PLAN.chart(style.width(100).color(true)));
    println!("{}\n", app::App::PLAN.chart(style.width(60).ascii(true)));
    println!("{}\n", app::App::PLAN.mermaid());
    for (name, script) in [
        ("clean", Script::default()),
        ("unclean", Script { held: Some("GET /orders/events?after=7&limit=<10>"), hangs: true }),
    ] {
        let report = app::stop(script);
        println!("{report}\n\n{report:#}\n\n{}\n", report.timeline(style));
        println!("{}\n", report.timeline(style.width(100).color(true)));
        std::fs::write(format!("/tmp/pictures/{name}.svg"), report.svg()).unwrap();
    }
    for (name, plan) in [("app", app::App::PLAN), ("shop", shop::Shop::PLAN)] {
        std::fs::write(format!("/tmp/pictures/{name}.svg"), plan.svg()).unwrap();
        std::fs::write(format!("/tmp/pictures/{name}-graph.svg"), plan.graph_svg()).unwrap();
        std::fs::write(format!("/tmp/pictures/{name}.dot"), plan.dot()).unwrap();
        std::fs::write(format!("/tmp/pictures/{name}.mmd"), plan.mermaid()).unwrap();
    }
}
