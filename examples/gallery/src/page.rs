//! The contents of docs/gallery.md and of its pictures.

use std::fmt::Write;

use service_group::Style;

use crate::app::{self, App, Script};
use crate::shop::Shop;
use crate::{spans, terminal};

/// A file: its path below `docs`, and its contents.
pub(crate) type File = (&'static str, String);

/// The columns of the terminal in the pictures.
const TERMINAL: usize = 100;

/// All files of the gallery.
pub(crate) fn files() -> Vec<File> {
    let style = Style::plain().width(TERMINAL).color(true);
    let held = Script { held: Some("GET /orders/events"), hangs: true };
    let (clean, unclean) = (app::stop(Script::default()), app::stop(held));
    let [starting, stopping, forced] = app::console(style);
    vec![
        ("gallery.md", page()),
        ("gallery/plan.svg", App::PLAN.to_svg()),
        ("gallery/graph.svg", App::PLAN.to_graph_svg()),
        ("gallery/sixty.svg", Shop::PLAN.to_svg()),
        ("gallery/sixty-graph.svg", Shop::PLAN.to_graph_svg()),
        ("gallery/clean.svg", clean.to_svg()),
        ("gallery/unclean.svg", unclean.to_svg()),
        ("gallery/terminal-plan.svg", terminal::picture(&App::PLAN.chart(style).to_string())),
        ("gallery/terminal-report.svg", terminal::picture(&unclean.timeline(style).to_string())),
        ("gallery/terminal-starting.svg", terminal::picture(&starting.join("\n"))),
        ("gallery/terminal-stopping.svg", terminal::picture(&stopping.join("\n"))),
        ("gallery/terminal-forced.svg", terminal::picture(&forced.join("\n"))),
    ]
}

fn page() -> String {
    let mut page = String::from(include_str!("intro.md"));
    add_plan(&mut page);
    add_report(&mut page);
    heading(
        &mut page,
        "The console",
        "Feature `console`, `App::runner(..).progress(true)`. While the group starts:",
    );
    image(&mut page, "terminal-starting", "The console while the group starts");
    text(&mut page, "While the group stops:");
    image(&mut page, "terminal-stopping", "The console while the group stops");
    text(&mut page, "After the stop was forced:");
    image(&mut page, "terminal-forced", "The console when the stop was forced");
    heading(&mut page, "Spans", include_str!("spans.md").trim_end());
    code(&mut page, "text", &spans::lines());
    page
}

fn add_plan(page: &mut String) {
    let plan = App::PLAN;
    heading(page, "The plan", "`println!(\"{}\", App::PLAN)`: plain text, for logs and files.");
    code(page, "text", &plan.to_string());
    text(page, "`App::PLAN.chart(Style::of(&stdout()))`: with the width and the colours of the terminal.");
    image(page, "terminal-plan", "The plan on a terminal");
    text(page, "`App::PLAN.chart(Style::plain().width(64).ascii(true))`: in 64 columns, without Unicode.");
    code(page, "text", &plan.chart(Style::plain().width(64).ascii(true)).to_string());
    text(page, "`App::PLAN.to_svg()`: the stop on an axis of time.");
    image(page, "plan", "The stop on an axis of time");
    text(page, "`App::PLAN.to_graph_svg()`: the dependencies between the services.");
    image(page, "graph", "The dependencies between the services");
    text(page, "`App::PLAN.to_mermaid()`: a diagram that GitHub draws.");
    code(page, "mermaid", &plan.to_mermaid());
    text(page, "`App::PLAN.to_dot()`: for Graphviz.");
    code(page, "dot", &plan.to_dot());
    heading(page, "Sixty services", "The same pictures of a large application.");
    image(page, "sixty", "The stop of sixty services on an axis of time");
    image(page, "sixty-graph", "The dependencies between sixty services");
}

fn add_report(page: &mut String) {
    let held = Script { held: Some("GET /orders/events"), hangs: true };
    let (clean, unclean) = (app::stop(Script::default()), app::stop(held));
    heading(page, "The report", "`println!(\"{report}\")`. A clean stop is one sentence:");
    code(page, "text", &clean.to_string());
    text(page, "After a stop that is not clean, or with `{:#}`, it has a line for each service:");
    code(page, "text", &unclean.to_string());
    text(
        page,
        "`report.timeline(Style::of(&stderr()))`: the planned and the actual stop. `run` prints it on a terminal.",
    );
    code(page, "text", &unclean.timeline(Style::plain()).to_string());
    image(page, "terminal-report", "The report on a terminal");
    text(page, "`report.to_svg()`:");
    image(page, "clean", "A clean stop");
    image(page, "unclean", "A stop in which two services had to be forced");
}

fn heading(page: &mut String, heading: &str, below: &str) {
    let _ = writeln!(page, "\n## {heading}\n\n{below}");
}

fn text(page: &mut String, text: &str) {
    let _ = writeln!(page, "\n{text}");
}

fn code(page: &mut String, language: &str, code: &str) {
    let _ = writeln!(page, "\n```{language}\n{}\n```", code.trim_end());
}

fn image(page: &mut String, name: &str, alt: &str) {
    let _ = writeln!(page, "\n![{alt}](gallery/{name}.svg)");
}
