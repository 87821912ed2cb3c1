//! The reader of KDL by itself: spans, bounds, and what it says about mistakes.

use proptest::prelude::*;
use tiphys::diagnostic::{Diagnostic, Diagnostics};
use tiphys::source::{FileId, Span};
use tiphys::syntax::{Node, Scalar, ScalarKind, kdl};

use crate::kdl_text;

fn read(text: &str) -> (Option<Vec<Node>>, Vec<Diagnostic>) {
    let mut diags = Diagnostics::new();
    let nodes = kdl::read(FileId(0), text, &mut diags);
    (nodes, diags.into_sorted())
}

fn slice(text: &str, span: Span) -> &str {
    &text[span.start as usize..span.end as usize]
}

/// Each scalar and each node, with the source text that its span covers.
fn check_spans(text: &str, nodes: &[Node]) {
    for node in nodes {
        let whole = slice(text, node.span);
        let mut scalars = vec![&node.name];
        scalars.extend(&node.args);
        scalars.extend(node.props.iter().flat_map(|(key, value)| [key, value]));
        for scalar in scalars {
            check_scalar(text, scalar);
            assert!(node.span.start <= scalar.span.start && scalar.span.end <= node.span.end);
        }
        assert!(whole.starts_with(slice(text, node.name.span)));
        if let Some(children) = &node.children {
            assert!(whole.ends_with('}'), "{whole:?}");
            check_spans(text, children);
        }
    }
}

fn check_scalar(text: &str, scalar: &Scalar) {
    let source = slice(text, scalar.span);
    let plain = !source.contains('\\') && !source.contains("\"\"\"");
    match scalar.kind {
        ScalarKind::String if source.contains('"') && plain => {
            let hashes = source.chars().take_while(|c| *c == '#').count();
            let end = format!("\"{}", "#".repeat(hashes));
            assert!(source[hashes..].starts_with('"'), "{source}");
            assert!(source.len() > hashes + end.len(), "{source}");
            assert!(source.ends_with(&end), "{source}");
            assert!(source.contains(scalar.text.as_str()));
        }
        ScalarKind::String if source.contains('"') => {}
        _ => assert_eq!(source, scalar.text),
    }
}

#[test]
fn spans_cover_names_values_and_whole_nodes() {
    let text = "// x\nüb \"a\\n\"  b=\"ü\" { c 1 } // d\n/- e\nf 1.5 /-2 ; g";
    let (nodes, _) = read(text);
    let nodes = nodes.unwrap();
    let wholes: Vec<_> = nodes.iter().map(|node| slice(text, node.span)).collect();
    assert_eq!(wholes, ["üb \"a\\n\"  b=\"ü\" { c 1 }", "f 1.5", "g"]);
    assert_eq!(slice(text, nodes[0].args[0].span), "\"a\\n\"");
    assert_eq!(slice(text, nodes[0].props[0].0.span), "b");
    assert_eq!(slice(text, nodes[0].props[0].1.span), "\"ü\"");
}

#[test]
fn an_empty_block_is_not_the_same_as_none() {
    let nodes = read("a {}; b; c /-{}").0.unwrap();
    let blocks: Vec<_> = nodes
        .iter()
        .map(|node| node.children.as_ref().map(Vec::len))
        .collect();
    assert_eq!(blocks, [Some(0), None, None]);
}

#[test]
fn deep_nesting_is_one_error_whatever_its_depth() {
    for text in [
        "a {".repeat(65),
        "a{".repeat(100_000),
        "a /-{".repeat(100_000),
    ] {
        let (nodes, errors) = read(&text);
        assert_eq!(nodes, None);
        let codes: Vec<_> = errors.iter().map(|error| error.code.name).collect();
        assert_eq!(codes, ["kdl-too-deep"]);
        assert_eq!(errors[0].labels.len(), 2);
    }
    let deepest = "a {".repeat(kdl::MAX_DEPTH) + &"}".repeat(kdl::MAX_DEPTH);
    assert!(read(&deepest).0.is_some());
}

#[test]
fn large_and_hostile_texts_give_few_findings_in_bounded_time() {
    let props: String = (0..20_000).map(|at| format!(" p{at}=1")).collect();
    let texts = [
        "{".repeat(200_000),
        "}".repeat(200_000),
        "\"".repeat(200_001),
        "#".repeat(200_000),
        format!("{}\"{}", "#".repeat(100_000), "\"#".repeat(50_000)),
        "/*".repeat(100_000),
        "a 1x ".repeat(40_000),
        "\u{0} ".repeat(100_000),
        "a \\".repeat(50_000),
        "/-".repeat(100_000),
        "a {}".repeat(50_000),
        format!("a{props}{props}"),
    ];
    for text in texts {
        let (_, errors) = read(&text);
        assert!(
            (1..=101).contains(&errors.len()),
            "{:.20}: {}",
            text,
            errors.len()
        );
    }
}

#[test]
fn one_mistake_does_not_hide_the_next() {
    let text = "a {\n  b 500m\n  c = 1\n  d true x=1 x=2\n  e [1]\n}\nf \"open\ng }\n";
    let codes: Vec<_> = read(text).1.iter().map(|error| error.code.name).collect();
    let expected = [
        "kdl-unquoted",
        "kdl-unexpected",
        "kdl-bare-keyword",
        "kdl-property-twice",
        "kdl-unexpected",
        "kdl-unclosed-string",
        "kdl-stray-brace",
    ];
    assert_eq!(codes, expected);
}

#[test]
fn mistakes_of_plain_meaning_leave_the_nodes_readable() {
    let (nodes, errors) = read("size cpu=500m cpu=1 (x)\"y\" #inf live=true image=docker.io/a");
    let nodes = nodes.unwrap();
    assert_eq!(errors.len(), 8);
    let props: Vec<_> = nodes[0]
        .props
        .iter()
        .map(|(_, value)| value.text.as_str())
        .collect();
    assert_eq!(props, ["500m", "true", "docker.io/a"]);
}

/// Text, the code's places in it, and the help.
const MISTAKES: &[(&str, &[&str], &str)] = &[
    (
        "size cpu=500m {\n}",
        &["500m"],
        "write it in quotes: `\"500m\"`",
    ),
    ("slo 99.9%", &["99.9%"], "write it in quotes: `\"99.9%\"`"),
    ("live /livez", &["/livez"], "write `\"/livez\"`"),
    (
        "nodes example.com/disk=\"ssd\"",
        &["example.com/disk"],
        "write `\"example.com/disk\"`",
    ),
    (
        "repository https/a?b=c",
        &["https/a?b=c"],
        "write `\"https/a?b=c\"`",
    ),
    (
        "image docker.io/a/b:1 { }",
        &["docker.io/a/b:1"],
        "write `\"docker.io/a/b:1\"`",
    ),
    (
        "tls true",
        &["true"],
        "write `#true` for the value, or `\"true\"` for the text",
    ),
    ("inf", &["inf"], "write it in quotes: `\"inf\"`"),
    ("a .5", &[".5"], "write `0.5`"),
    (
        "steps 5, 25",
        &["5,"],
        "write a space between values, without a comma",
    ),
    (
        "steps [5 25]",
        &["["],
        "write the items of a list one after the other: `steps 5 25 100`",
    ),
    ("owner = \"x\"", &["="], "write `owner \"value\"`"),
    (
        "a b=\nc",
        &["b="],
        "write the value behind `=`: `b=\"value\"`",
    ),
    ("a #yes", &["#yes"], "write `#true`"),
    ("# a comment", &["# a comment"], "write a comment as `// …`"),
    ("a r\"\\d\"", &["\"\\d\""], "write `#\"…\"#`"),
    (
        "a (b)\"c\"",
        &["(b)"],
        "remove it: the field decides how its value is read",
    ),
    (
        "a b=1 \"c\"",
        &["\"c\"", "b=1"],
        "move it before the properties",
    ),
    ("a b=1 c=2 b=3", &["b", "b"], "remove one of the two"),
    (
        "a { b } { c }",
        &["{", "{"],
        "put everything into one block",
    ),
    (
        "a { b } c",
        &["c", "{"],
        "move it before the block, or to a line of its own",
    ),
    (
        "a \"b\"\"c\"",
        &["\"c\"", "\"b\""],
        "put a space between the two, or the whole in quotes if it is one value",
    ),
    ("a {\n  b {\n  c\n}\n", &["{", "}"], "add `}`"),
    ("a { b {", &["{"], "add `}`"),
    (
        "a \"b\\d\"",
        &["\\d"],
        "write `\\\\d` for a backslash, or use a raw string: `#\"…\"#`",
    ),
    (
        "a \"\"\"\n  b\n c\n  \"\"\"",
        &[" c", "  \"\"\""],
        "begin the line with the same spaces and tabs as stand before the closing `\"\"\"`",
    ),
];

#[test]
fn mistakes_are_shown_where_they_are_with_what_to_do() {
    for (text, places, help) in MISTAKES {
        let (_, errors) = read(text);
        let labels = &errors[0].labels;
        let found: Vec<_> = labels.iter().map(|label| slice(text, label.span)).collect();
        assert_eq!(found, *places, "{text:?}: {}", errors[0].message);
        assert_eq!(errors[0].help.as_deref(), Some(*help), "{text:?}");
        assert_eq!(errors.len(), 1, "{text:?}: {:?}", errors[1..].first());
    }
}

#[test]
fn a_missing_brace_is_shown_at_the_block_that_lacks_it() {
    let text = "service \"a\" {\n    calls {\n        X \"y\"\n    slo p95=\"1s\"\n}\n";
    let (_, errors) = read(text);
    let place = errors[0].labels[0].span;
    assert_eq!(
        place.start as usize,
        text.find("calls {").unwrap() + "calls ".len()
    );
}

#[test]
fn every_code_has_its_own_name_and_explains_itself() {
    let mut names: Vec<_> = kdl::CODES.iter().map(|code| code.name).collect();
    names.sort_unstable();
    names.dedup();
    assert_eq!(names.len(), kdl::CODES.len());
    assert!(kdl::CODES.iter().all(|code| code.explanation.len() > 80));
}

/// Characters that mean something to the reader, and some that do not.
fn noise() -> impl Strategy<Value = String> {
    "[ab01.+\\-_ \t\n\r\"#\\\\/*{}()\\[\\]=;,é\u{2028}\u{3000}\u{feff}\u{0}]{0,60}"
}

fn check_report(text: &str) {
    let (nodes, errors) = read(text);
    for label in errors.iter().flat_map(|error| &error.labels) {
        let (start, end) = (label.span.start as usize, label.span.end as usize);
        assert!(text.get(start..end).is_some(), "{start}..{end} of {text:?}");
    }
    assert!(
        errors
            .iter()
            .all(|error| !error.labels.is_empty() && error.help.is_some())
    );
    match nodes {
        Some(nodes) => check_spans(text, &nodes),
        None => assert!(!errors.is_empty()),
    }
}

proptest! {
    #![proptest_config(kdl_text::cases(500))]

    #[test]
    fn any_text_is_read_without_panic_and_with_spans_inside_of_it(text in any::<String>()) {
        check_report(&text);
    }

    #[test]
    fn any_noise_is_read_without_panic_and_with_spans_inside_of_it(text in noise()) {
        check_report(&text);
    }

    #[test]
    fn damaged_documents_are_read_without_panic(text in kdl_text::damaged()) {
        check_report(&text);
    }

    #[test]
    fn a_value_that_is_set_is_read_back_and_nothing_else_changes(
        text in kdl_text::document(),
        value in any::<String>(),
    ) {
        let value: String = value.chars().filter(|c| *c != '\0' && !kdl::is_marker(*c)).collect();
        let nodes = read(&text).0.unwrap();
        let Some(old) = nodes.iter().find_map(|node| node.args.first()) else {
            return Ok(());
        };
        let new = kdl::edit::replace(&text, old.span, &kdl::edit::quote(&value)).unwrap();
        let again = read(&new).0.unwrap();
        let found = again.iter().find_map(|node| node.args.first()).unwrap();
        prop_assert_eq!(found.text.as_str(), value);
        let (start, end) = (old.span.start as usize, old.span.end as usize);
        prop_assert_eq!(&new[..start], &text[..start]);
        prop_assert!(new.ends_with(&text[end..]));
    }

    #[test]
    fn a_name_is_read_back_whatever_it_is(value in any::<String>()) {
        let value: String = value.chars().filter(|c| *c != '\0' && !kdl::is_marker(*c)).collect();
        let nodes = read(&kdl::edit::name(&value)).0.unwrap();
        prop_assert_eq!(nodes[0].name.text.as_str(), value);
    }
}
