//! The reader of KDL against the `kdl` crate: the same texts accepted, with the same values.

use kdl::{KdlDocument, KdlValue};
use proptest::prelude::*;

use crate::kdl_text;
use tiphys::diagnostic::Diagnostics;
use tiphys::source::FileId;
use tiphys::syntax::{Node, Scalar, ScalarKind, kdl as ours};

/// A node in a form that both readers can be brought to.
#[derive(Clone, Debug, PartialEq)]
pub struct Plain {
    pub name: String,
    pub args: Vec<Value>,
    /// Sorted by name.
    pub props: Vec<(String, Value)>,
    pub children: Vec<Plain>,
}

#[derive(Clone, Debug, PartialEq)]
pub enum Value {
    Null,
    Bool(bool),
    Int(i128),
    Float(f64),
    Text(String),
    /// An integer that neither of us would take.
    Huge,
}

/// What our reader makes of a text: its nodes if it reports nothing, else the names of its codes.
pub fn read(text: &str) -> Result<Vec<Node>, Vec<&'static str>> {
    let mut diags = Diagnostics::new();
    let nodes = ours::read(FileId(0), text, &mut diags);
    match nodes.filter(|_| diags.is_empty()) {
        Some(nodes) => Ok(nodes),
        None => Err(diags.iter().map(|error| error.code.name).collect()),
    }
}

pub fn plain(nodes: &[Node]) -> Vec<Plain> {
    let prop = |(key, value): &(Scalar, Scalar)| (key.text.to_string(), plain_value(value));
    let one = |node: &Node| {
        let mut props: Vec<_> = node.props.iter().map(prop).collect();
        props.sort_by(|a, b| a.0.cmp(&b.0));
        Plain {
            name: node.name.text.to_string(),
            args: node.args.iter().map(plain_value).collect(),
            props,
            children: plain(node.children.as_deref().unwrap_or_default()),
        }
    };
    nodes.iter().map(one).collect()
}

fn plain_value(scalar: &Scalar) -> Value {
    match scalar.kind {
        ScalarKind::String => Value::Text(scalar.text.to_string()),
        ScalarKind::Bool(flag) => Value::Bool(flag),
        ScalarKind::Null => Value::Null,
        ScalarKind::Integer => integer(&scalar.text),
        ScalarKind::Float => Value::Float(scalar.text.replace("_", "").parse().unwrap_or(f64::NAN)),
    }
}

fn integer(text: &str) -> Value {
    let text = text.replace('_', "");
    let (sign, digits) = match text.strip_prefix('-') {
        Some(digits) => ("-", digits),
        None => ("", text.trim_start_matches('+')),
    };
    let (radix, digits) = match digits.get(..2) {
        Some("0x") => (16, &digits[2..]),
        Some("0o") => (8, &digits[2..]),
        Some("0b") => (2, &digits[2..]),
        _ => (10, digits),
    };
    i128::from_str_radix(&format!("{sign}{digits}"), radix).map_or(Value::Huge, Value::Int)
}

/// What the crate makes of it. Recursive: only for texts that are not deep.
pub fn theirs(text: &str) -> Option<Vec<Plain>> {
    Some(from_crate(&KdlDocument::parse_v2(text).ok()?))
}

fn from_crate(document: &KdlDocument) -> Vec<Plain> {
    let value = |value: &KdlValue| match value {
        KdlValue::Null => Value::Null,
        KdlValue::Bool(flag) => Value::Bool(*flag),
        KdlValue::Integer(number) => Value::Int(*number),
        KdlValue::Float(number) => Value::Float(*number),
        KdlValue::String(text) => Value::Text(text.clone()),
    };
    let one = |node: &kdl::KdlNode| {
        let (mut args, mut props) = (Vec::new(), Vec::<(String, Value)>::new());
        for entry in node.entries() {
            match entry.name() {
                None => args.push(value(entry.value())),
                Some(key) => {
                    props.retain(|(name, _)| name != key.value());
                    props.push((key.value().to_owned(), value(entry.value())));
                }
            }
        }
        props.sort_by(|a, b| a.0.cmp(&b.0));
        let children = node.children().map(from_crate).unwrap_or_default();
        Plain {
            name: node.name().value().to_owned(),
            args,
            props,
            children,
        }
    };
    document.nodes().iter().map(one).collect()
}

/// Runs the crate where its recursion has room.
pub fn with_stack<T: Send + 'static>(run: impl FnOnce() -> T + Send + 'static) -> T {
    let thread = std::thread::Builder::new().stack_size(256 << 20).spawn(run);
    let joined = thread.expect("a thread starts").join();
    joined.unwrap_or_else(|panic| std::panic::resume_unwind(panic))
}

/// What both readers accept, form by form.
const ACCEPTED: &[&str] = &[
    // documents and nodes
    "",
    "\u{feff}node",
    "/- kdl-version 2\nnode",
    "a\nb; c\r\nd;e\n\n\nf",
    "a\u{85}b\u{b}c\u{c}d\re\u{2028}f\u{2029}g",
    "a\u{a0}1\u{1680}2\u{2000}3\u{200a}4\u{202f}5\u{205f}6\u{3000}7\t8",
    "\"quoted name\" 1; #\"raw name\"# 2; \"\"\"\n  multi\n  \"\"\" 3",
    "- 1; -- 2; -a 3; +. 4; .a 5; <>?!@$%^&*,.:'|~` 6",
    "日本語 \"ö\" é=ü; 🦀 🦀",
    // arguments and properties
    "node 1 2.5 #true #false #null word \"text\" key=1",
    "node a=1 b=word c=\"text\" d=#true e=#null \"f g\"=2 #\"h\"#=3",
    "node a = 1 b= 2 c =3 /* x */ d /* y */ = /* z */ 4",
    "node a \\\n = \\\n 1",
    "n truex=1; node true-ish nullable infinite",
    // numbers
    "n 0 -0 +1 007 1_000 1__0_ 12_",
    "n 0x1F 0xdead_beef 0o17 0b1_0 -0x1 +0o7",
    "n 0.5 1.0 -1.5 1e3 1E-3 1.5e+10 1_0.0_1 1e1_0",
    "n 170141183460469231731687303715884105727",
    // strings
    r#"n "\n\r\t\\\"\b\f\s" "\u{e9}\u{1F600}\u{10fffe}" "a\    b" "#,
    "n \"a\\\n   b\" \"a\\\n\n\t b\\ \"",
    r###"n #""# #"a\d"b"# ##"a"#b"## #""a"# #"\"#"###,
    "n \"\"\"\n    a\n      b\n\n    c\n    \"\"\"",
    "n \"\"\"\n\"\"\" \"\"\"\n    \"\"\" \"\"\"\n\n\"\"\"",
    "n \"\"\"\r\n\ta\r\n\tb \"\"c\" \r\n\t\"\"\"",
    "n \"\"\"\n  \\s a\\n\\tb\n  \\\\\n  \\\"\"\"\n  \"\"\"",
    "n \"\"\"\n  foo \\\nbar\n  baz\n  \\   \"\"\"",
    "n \"\"\"\n  a\n \t \n  b\n  \"\"\"",
    "n #\"\"\"\n  a\\n\"\"\"\n  b\n  \"\"\"# ##\"\"\"\n\"\"\"#\n\"\"\"##",
    // blocks
    "a {}; b { }; c {\n}; d { e; f; }; g {h {i {j}}}",
    "a 1 b=2 { c }\nd { // comment\n e /* f */ { g } // h\n}",
    "a \\\n{ b } \\\n",
    // comments
    "// only\n/* and */ // this",
    "a /* b */ c /* /* nested */ **/ d // e",
    "/* a */ b /* \n */ c\n/**/d/**/",
    "a // \\\nb",
    // continued lines
    "a \\\n  1 \\ // comment\n  2 \\ /* c */ \n 3\\\n4",
    "\\\na\n\\\n\\\nb \\",
    // what is commented out
    "/- a 1 b=2 { c }\nd",
    "a /-1 2 /-b=3 c=4 /- { d } { e } /-{ f }",
    "a /- \n // comment \n 1 2; /-\n\n b\nc",
    "a \"b\" {}/-{}\nc",
    "a { /- b { c; /- d } \n e }",
    "a /-(type)1 /-b=(type)2 /-c=#inf; /-(type)d e=1 e=2 3",
    "a /-b=1 /-b=2 b=3",
];

/// What both refuse, with the codes that we give.
const REFUSED: &[(&str, &[&str])] = &[
    ("a {", &["kdl-unclosed-block"]),
    ("a }", &["kdl-stray-brace"]),
    ("a { b }}", &["kdl-stray-brace"]),
    ("a { b {\n}\n", &["kdl-unclosed-block"]),
    ("a { b } c", &["kdl-after-block"]),
    ("a { b } { c }", &["kdl-after-block"]),
    ("a /-{ b } c", &["kdl-after-block"]),
    ("{ a }", &["kdl-unexpected"]),
    (";", &["kdl-unexpected"]),
    ("= 1", &["kdl-unexpected"]),
    ("a =", &["kdl-unexpected"]),
    ("a = 1", &["kdl-unexpected"]),
    ("a b=", &["kdl-unexpected"]),
    ("a b=\nc", &["kdl-unexpected"]),
    ("a b==1", &["kdl-unquoted"]),
    ("a \\ b", &["kdl-unexpected"]),
    ("a [1, 2]", &["kdl-unexpected"]),
    ("a (b", &["kdl-unexpected"]),
    ("a b)", &["kdl-unquoted"]),
    ("/- ", &["kdl-unexpected"]),
    ("a /-", &["kdl-unexpected"]),
    ("a /-;", &["kdl-unexpected"]),
    ("a { /- }", &["kdl-unexpected"]),
    ("/- /- a", &["kdl-unexpected"]),
    ("a b=/-1", &["kdl-unexpected"]),
    ("a 500m", &["kdl-unquoted"]),
    (
        "a b=99.9% c=15m d=-1x",
        &["kdl-unquoted", "kdl-unquoted", "kdl-unquoted"],
    ),
    ("a 100m..200m", &["kdl-unquoted"]),
    ("a 1. .5 1.2.3 0x 0b2", &["kdl-unquoted"; 5]),
    ("a 5, 25", &["kdl-unquoted"]),
    ("a /livez", &["kdl-unquoted"]),
    (
        "a docker.io/library/redis:7 b=x/y",
        &["kdl-unquoted", "kdl-unquoted"],
    ),
    ("a b=>=97%", &["kdl-unquoted"]),
    ("a C:\\dir", &["kdl-unquoted"]),
    ("a b#c", &["kdl-unquoted"]),
    ("a also/-b c", &["kdl-unquoted"]),
    ("1 2", &["kdl-unquoted"]),
    ("a 1=2", &["kdl-unquoted"]),
    ("#true", &["kdl-unquoted"]),
    ("a true", &["kdl-bare-keyword"]),
    (
        "a b=false null=1",
        &["kdl-bare-keyword", "kdl-bare-keyword"],
    ),
    ("a inf -inf nan", &["kdl-bare-keyword"; 3]),
    ("true", &["kdl-bare-keyword"]),
    ("a #yes", &["kdl-unknown-keyword"]),
    ("a # comment", &["kdl-unknown-keyword"]),
    ("a #truee", &["kdl-unknown-keyword"]),
    ("a r\"\\d\"", &["kdl-version-one"]),
    ("a r#\"\\d\"#", &["kdl-version-one"]),
    ("a \"\\/\"", &["kdl-version-one"]),
    ("a \"b\"\"c\"", &["kdl-missing-space"]),
    ("a \"b\"c", &["kdl-missing-space"]),
    ("a \"b\", \"c\"", &["kdl-missing-space"]),
    ("a b\"c\"", &["kdl-missing-space"]),
    ("a \"b\nc", &["kdl-unclosed-string"]),
    ("a \"b", &["kdl-unclosed-string"]),
    ("a \"b\\", &["kdl-unclosed-string"]),
    ("a #\"b\"", &["kdl-unclosed-string"]),
    ("a #\"b\nc", &["kdl-unclosed-string"]),
    ("a \"\"\"\nb", &["kdl-unclosed-string"]),
    ("a #\"\"\"\nb\n\"\"\"", &["kdl-unclosed-string"]),
    ("a /* b", &["kdl-unclosed-comment"]),
    ("a /* /* */", &["kdl-unclosed-comment"]),
    (
        "a \"\\q\" \"\\u{}\" \"\\u41\" \"\\u{d800}\" \"\\u{110000}\"",
        &["kdl-escape"; 5],
    ),
    ("a \"\\u{0000041}\"", &["kdl-escape"]),
    ("a \"\"\"b\"\"\"", &["kdl-multi-line-string"]),
    ("a \"\"\"\n  b\"\"\"", &["kdl-multi-line-string"]),
    ("a \"\"\"\n b\n  \"\"\"", &["kdl-multi-line-string"]),
    (
        "a \"\"\"\n\tb\n  c\n d\n  \"\"\"",
        &["kdl-multi-line-string"; 2],
    ),
    ("a \"\"\"\n  b\\\n  \"\"\"", &["kdl-multi-line-string"]),
    ("a \u{0}\u{1}", &["kdl-forbidden-character"]),
    ("a \"\u{7}\"", &["kdl-forbidden-character"]),
    ("a \u{feff}", &["kdl-forbidden-character"]),
    ("a \"\u{202e}\"", &["kdl-forbidden-character"]),
];

/// What we accept, as the specification says, and the crate does not; with a text of equal meaning.
const OVERLOOKED: &[(&str, &str)] = &[
    ("/-b; c", "c"),
    ("a { /-b c; }", "a {}"),
    ("/- a { /-b; c }; d", "d"),
    ("a #true/-\"b\"/-{}", "a #true"),
];

/// What only we refuse, on purpose. (Control characters in comments, and U+007F, are forbidden by
/// the specification; the crate lets them pass.)
const OUR_OWN: &[(&str, &[&str])] = &[
    ("(t)a (t)1 b=(t)2", &["kdl-type-annotation"; 3]),
    ("a (t) b ( t ) c", &["kdl-type-annotation"; 2]),
    ("a #inf #-inf b=#nan", &["kdl-not-finite"; 3]),
    ("a b=1 2 3", &["kdl-late-argument", "kdl-late-argument"]),
    (
        "a b=1 b=2 \"b\"=3",
        &["kdl-property-twice", "kdl-property-twice"],
    ),
    ("a \u{e000}b", &["kdl-marker-character"]),
    ("a // \u{f0000}\u{10fffd}", &["kdl-marker-character"]),
    ("a \"\\u{e000}\"", &["kdl-marker-character"]),
    ("a \"\\u{0}\"", &["kdl-forbidden-character"]),
    (
        "a https://example.com b=http://c",
        &["kdl-unquoted", "kdl-unquoted"],
    ),
    (
        "a // \u{7}\nb /* \u{202e} */ \"\u{7f}\"",
        &["kdl-forbidden-character"; 3],
    ),
    ("/- kdl-version 1\na", &["kdl-version-one"]),
];

#[test]
fn both_readers_accept_with_the_same_values() {
    with_stack(|| {
        for text in ACCEPTED {
            let ours = read(text).map(|nodes| plain(&nodes));
            assert_eq!(
                ours.as_ref().ok(),
                theirs(text).as_ref(),
                "{text:?}: {ours:?}"
            );
            assert!(ours.is_ok(), "{text:?}");
        }
    });
}

#[test]
fn both_readers_refuse() {
    with_stack(|| {
        for (text, codes) in REFUSED {
            assert_eq!(read(text).err().as_deref(), Some(*codes), "{text:?}");
            assert_eq!(theirs(text), None, "{text:?}");
        }
    });
}

#[test]
fn only_our_reader_refuses_what_the_language_has_no_use_for() {
    with_stack(|| {
        for (text, codes) in OUR_OWN {
            assert_eq!(read(text).err().as_deref(), Some(*codes), "{text:?}");
            assert!(theirs(text).is_some(), "{text:?}");
        }
    });
}

#[test]
fn our_reader_follows_the_specification_where_the_crate_does_not() {
    with_stack(|| {
        for (text, equal) in OVERLOOKED {
            assert_eq!(
                read(text).ok().map(|nodes| plain(&nodes)),
                theirs(equal),
                "{text:?}"
            );
            assert_eq!(theirs(text), None, "{text:?}");
        }
    });
}

proptest! {
    #![proptest_config(kdl_text::cases(150))]

    #[test]
    fn both_readers_agree_on_any_document(text in kdl_text::document()) {
        let ours = read(&text).map(|nodes| plain(&nodes));
        let copy = text.clone();
        let theirs = with_stack(move || theirs(&copy));
        prop_assert_eq!(ours.as_ref().ok(), theirs.as_ref(), "{:?}", ours);
        prop_assert!(ours.is_ok(), "{:?}", ours);
    }

    /// Where only one of the two refuses a text that something happened to, it is ours, or one of
    /// the crate's known gaps.
    #[test]
    fn what_our_reader_accepts_of_damaged_documents_the_crate_reads_alike(
        text in kdl_text::damaged(),
    ) {
        let copy = text.clone();
        let theirs = with_stack(move || theirs(&copy));
        if let (Ok(nodes), Some(theirs)) = (read(&text), theirs) {
            prop_assert_eq!(plain(&nodes), theirs);
        }
    }
}
