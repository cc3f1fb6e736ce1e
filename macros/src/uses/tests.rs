//! What counts as a name.

use super::{BTreeSet, Expr, find};

/// The names among `a`, `b`, `c`, `d`, in the order in which they are found.
fn names(source: &str) -> Vec<String> {
    let expr: Expr = syn::parse_str(source).expect(source);
    let known = ["a", "b", "c", "d", "type"].map(str::to_owned).into();
    find(&expr, &known).named.into_iter().map(|named| named.name).collect()
}

fn binds(source: &str, name: &str) -> bool {
    let expr: Expr = syn::parse_str(source).expect(source);
    find(&expr, &BTreeSet::new()).binds(name)
}

#[track_caller]
fn assert_names(source: &str, expected: &[&str]) {
    assert_eq!(names(source), expected, "{source}");
}

#[test]
fn a_path_of_one_segment_is_a_name() {
    assert_names("a", &["a"]);
    assert_names("&a.b", &["a"]);
    assert_names("a.b(c)", &["a", "c"]);
    assert_names("a + b - e", &["a", "b"]);
    assert_names("a::b", &[]);
    assert_names("::a", &[]);
    assert_names("a::<u8>", &[]);
    assert_names("<a>::b", &[]);
    assert_names("r#type + r#a", &["type", "a"]);
}

#[test]
fn a_callee_is_none_but_in_parentheses() {
    assert_names("a(b)", &["b"]);
    assert_names("(a)(b)", &["a", "b"]);
    assert_names("a(a)", &["a"]);
    assert_names("(a.b)(c)", &["a", "c"]);
    assert_names("a(b)(c)", &["b", "c"]);
}

#[test]
fn each_name_is_found_once() {
    assert_names("a + b + a", &["a", "b"]);
}

#[test]
fn blocks_and_closures_are_searched() {
    assert_names("{ let x = a.open()?; x.run(move || b.c()) }", &["a", "b"]);
    assert_names("async move { a.await }", &["a"]);
    assert_names("match a { b => c, _ if d => 1 }", &["a", "c", "d"]);
    assert_names("if let Some(b) = a { b } else { c }", &["a", "b", "c"]);
    assert_names("|a| a.b", &["a"]);
    assert_names("unsafe { a }", &["a"]);
    assert_names("[a; 3]", &["a"]);
    assert_names("{ let x = a else { return b }; x }", &["a", "b"]);
}

#[test]
fn shorthand_in_a_struct_counts() {
    assert_names("Routes { a, b: c, ..d }", &["a", "c", "d"]);
    assert_names("a { b: 1 }", &[]);
}

#[test]
fn patterns_do_not_count() {
    assert_names("match x { a => 1, Routes { b, c: d } => 2 }", &[]);
}

#[test]
fn identifiers_in_macros_count_by_what_stands_around_them() {
    assert_names("vec![a, b.c(), d::e]", &["a", "b"]);
    assert_names("m!(a(1) b!(c) x::d)", &["c"]);
    assert_names("m!(0..a, b..=c, ..d)", &["a", "b", "c", "d"]);
    assert_names("m!(a != b)", &["a", "b"]);
    assert_names("m!(a!=b)", &["a", "b"]);
    assert_names("m!(x.a x . b)", &[]);
    assert_names("m!('a)", &[]);
    assert_names("m!((a)(b) [c] { d })", &["a", "b", "c", "d"]);
    assert_names("m!(a: b, c => d)", &["b", "c", "d"]);
    assert_names("m!(a = b, c == d, c=d)", &["b", "c", "d"]);
    assert_names("m!(a = &b, a=&c)", &["b", "c"]);
    assert_names("m!($a, $b:expr)", &[]);
    assert_names("m!(Some(a) = b, (a, c) = d, [c] = d)", &["b", "d", "c"]);
    assert_names("a!(1)", &[]);
    assert_names("tokio::select! { x = a.run() => b, _ = c => json!({ \"k\": d }) }", &["a", "b", "c", "d"]);
    assert_names("m!(r#type)", &["type"]);
}

#[test]
fn format_strings_in_macros_count() {
    assert_names(r#"format!("{a}")"#, &["a"]);
    assert_names(r#"format!("{a:?} {b:>8} { c }")"#, &["a", "b", "c"]);
    assert_names(r#"format!("{:a$} {:.b$} {:>c$.d$}", 1)"#, &["a", "b", "c", "d"]);
    assert_names(r#"format!("{x:a<b$} {x:#0c$x} {0:+d$}", 1)"#, &["b", "c", "d"]);
    assert_names(r#"format!("{{a}} {{{b}}} {{{{c}}}}")"#, &["b"]);
    assert_names(r#"format!("{type} {r#a}")"#, &["type", "a"]);
    assert_names(r##"format!(r#"{a} "quoted" {b}"#)"##, &["a", "b"]);
    assert_names(r#"format!("{a")"#, &[]);
    assert_names(r#"format!("a {} {0} {a.b}", "{b}")"#, &[]);
    assert_names(r#"m!("a {} {0} {a.b}", "{b}")"#, &["b"]);
    assert_names(r#"format!("{a} {b}", a = c)"#, &["b", "c"]);
    assert_names(r#"m!("{a} {b}", a = c)"#, &["b", "c"]);
    assert_names(r#"m!(a = c, "{a}")"#, &["c", "a"]);
    assert_names(r#"assert!(x, "{}", format!("{a}"))"#, &["a"]);
    assert_names(r#"m!(b"{a}", c"{b}", '{')"#, &[]);
}

#[test]
fn other_literals_do_not_count() {
    assert_names(r#"open("{a}")"#, &[]);
}

#[test]
fn what_syn_does_not_know_is_scanned() {
    let known = ["a".to_owned(), "b".to_owned()].into();
    let expr = Expr::Verbatim("builtin # new(a.x, \"{b}\")".parse().expect("tokens"));
    let named: Vec<String> = find(&expr, &known).named.into_iter().map(|named| named.name).collect();
    assert_eq!(named, ["a", "b"]);
}

#[test]
fn what_an_expression_binds_is_known() {
    assert!(binds("|a| a", "a"));
    assert!(binds("{ let (a, mut b) = x; a }", "b"));
    assert!(binds("match x { Some(a) => a }", "a"));
    assert!(binds("{ for a in x {} }", "a"));
    assert!(binds("m!(let a = 1)", "a"));
    assert!(binds("m!(|a| a)", "a"));
    assert!(!binds("a.b(a)", "a"));
    assert!(!binds("m!(a, b)", "a"));
}

#[test]
fn a_cfg_inside_is_noticed() {
    let known = BTreeSet::new();
    let conditional = |source: &str| {
        let expr: Expr = syn::parse_str(source).expect(source);
        find(&expr, &known).conditional
    };
    assert!(conditional("{ #[cfg(unix)] a.b(); 1 }"));
    assert!(conditional("{ #[cfg(unix)] let a = 1; 1 }"));
    assert!(!conditional("{ #[allow(unused)] let a = 1; 1 }"));
}
