//! Arbitrary KDL, as text: every form of every token, with all kinds of trivia between them.
//! Every comment, and nothing else, holds the word `remark`.

use proptest::prelude::*;
use proptest::sample::select;

/// So many cases, and no files beside the tests.
pub fn cases(cases: u32) -> ProptestConfig {
    ProptestConfig {
        cases,
        failure_persistence: None,
        ..ProptestConfig::default()
    }
}

/// A whole document.
pub fn document() -> impl Strategy<Value = String> {
    let mark = select(vec!["", "", "", "\u{feff}", "/- kdl-version 2\n"]);
    (mark, nodes(3)).prop_map(|(mark, nodes)| format!("{mark}{nodes}"))
}

/// A document in which one place was overwritten, or cut off.
pub fn damaged() -> impl Strategy<Value = String> {
    let scrap = select(vec![
        "", "{", "}", "\"", "\"\"\"", "#", "=", "/-", "/*", "//", "\\", ";", "\n", "(", "a", "1",
        " ", "-", ".", ",", "é", "\u{2028}", "\r",
    ]);
    (document(), any::<prop::sample::Index>(), scrap, 0..3_usize).prop_map(
        |(text, at, scrap, width)| {
            let mut bounds: Vec<_> = text.char_indices().map(|(at, _)| at).collect();
            bounds.push(text.len());
            let start = at.index(bounds.len());
            let end = (start + width).min(bounds.len() - 1);
            format!("{}{scrap}{}", &text[..bounds[start]], &text[bounds[end]..])
        },
    )
}

fn nodes(depth: u32) -> BoxedStrategy<String> {
    let between = select(vec![
        "\n",
        "\n",
        "\n\n",
        "\r\n",
        "; ",
        ";",
        " // remark\n",
        "\n// remark\n",
        "\n/* remark\n b */ ",
        "\n\t",
        "\u{2028}",
        "\\\n\n",
        " \\ // remark\n\n",
    ]);
    let first = select(vec![
        "",
        "",
        " ",
        "\n",
        "// remark\n",
        "/* remark */",
        "\\\n",
    ]);
    let item = (node(depth), between).prop_map(|(node, between)| node + between);
    let items = prop::collection::vec(item, 0..4);
    (first, items)
        .prop_map(|(first, items)| format!("{first}{}", items.concat()))
        .boxed()
}

fn node(depth: u32) -> BoxedStrategy<String> {
    let block = match depth {
        0 => Just(String::new()).boxed(),
        _ => (
            space(),
            select(vec!["", "", "/-", "/- \n "]),
            nodes(depth - 1),
        )
            .prop_map(|(space, slashdash, nodes)| format!("{space}{slashdash}{{{nodes}}}"))
            .boxed(),
    };
    let arg = (space(), select(vec!["", "", "", "/-", "/- \n"]), value())
        .prop_map(|(space, slashdash, value)| format!("{space}{slashdash}{value}"));
    let args = prop::collection::vec(arg, 0..4);
    let block = prop::option::weighted(0.4, block);
    (name(), args, props(), block)
        .prop_map(|(name, args, props, block)| {
            format!(
                "{name}{}{props}{}",
                args.concat(),
                block.unwrap_or_default()
            )
        })
        .boxed()
}

/// Properties of different names.
fn props() -> impl Strategy<Value = String> {
    let equals = select(vec!["=", "=", "=", " = ", " =", "= ", "/* remark */=\\\n"]);
    let prop = (space(), name(), equals, value());
    prop::collection::vec(prop, 0..3).prop_map(|props| {
        let one = |(at, (space, name, equals, value)): (usize, (String, String, &str, String))| {
            match name.strip_suffix('"') {
                Some(name) => format!("{space}{name}{at}\"{equals}{value}"),
                None => format!("{space}{name}{at}{equals}{value}"),
            }
        };
        props.into_iter().enumerate().map(one).collect()
    })
}

/// Whitespace inside of a node.
fn space() -> impl Strategy<Value = String> {
    select(vec![
        " ",
        " ",
        " ",
        "  ",
        "\t",
        "\u{a0}",
        "\u{3000}",
        " /* remark */ ",
        "/* /* remark */ \n */",
        " \\\n",
        "\\ // remark\n  ",
        " \\ /* remark */ \r\n\t",
    ])
    .prop_map(str::to_owned)
}

fn name() -> impl Strategy<Value = String> {
    prop_oneof![
        "[a-z]{1,8}(-[a-z]{1,4})?",
        "[a-z_<>.+:é日,]{1,4}x",
        "\"[a-z0-9 {}=/;]{0,6}\""
    ]
}

fn value() -> impl Strategy<Value = String> {
    prop_oneof![
        "[a-z]{2}[a-z0-9_.:+-]{0,6}x",
        "[+-]?[0-9]{1,3}(_[0-9_]{0,3})?",
        "[+-]?[0-9]{1,3}\\.[0-9]{1,3}([eE][+-]?[0-9]{1,2})?",
        "-?0x[0-9a-fA-F]{1,4}",
        "0o[0-7_]{0,2}[0-7]".prop_map(|text| text.replace("0o_", "0o1").replace("1_", "1")),
        "0b[01]{1,6}",
        select(vec!["#true", "#false", "#null"]).prop_map(str::to_owned),
        quoted(),
        raw(),
        multi_line(),
    ]
}

fn quoted() -> impl Strategy<Value = String> {
    let piece = prop_oneof![
        "[a-zé日 {}/;#=()]{0,5}",
        select(vec![
            "\\n",
            "\\\\",
            "\\\"",
            "\\s",
            "\\t",
            "\\u{e9}",
            "\\u{1F600}",
            "\\ \n ",
            "\\   ",
            "'",
        ])
        .prop_map(str::to_owned),
    ];
    prop::collection::vec(piece, 0..4).prop_map(|pieces| format!("\"{}\"", pieces.concat()))
}

fn raw() -> impl Strategy<Value = String> {
    (1..3_usize, "[a-z\\\\# ]{0,6}x?").prop_map(|(hashes, text)| {
        let hashes = "#".repeat(hashes);
        format!("{hashes}\"{text}\"{hashes}")
    })
}

fn multi_line() -> impl Strategy<Value = String> {
    let newline = select(vec!["\n", "\n", "\r\n", "\r"]);
    let line = prop_oneof![
        "[a-z\" é]{0,6}x",
        "[ \t]{0,3}",
        "\\\\n[a-z]{0,3}",
        "a \\\\ b"
    ];
    let prefix = select(vec!["", "  ", "\t", "    "]);
    let lines = prop::collection::vec(line, 0..4);
    (newline, prefix, lines, 0..3_usize).prop_map(|(newline, prefix, lines, hashes)| {
        let hashes = "#".repeat(hashes);
        let mut text = format!("{hashes}\"\"\"{newline}");
        for line in lines {
            let line = line.replace("\"\"\"", "\"\"a");
            text += &format!("{prefix}{line}{newline}");
        }
        format!("{text}{prefix}\"\"\"{hashes}")
    })
}
