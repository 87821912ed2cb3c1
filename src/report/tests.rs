//! Reports as users see them.

use super::*;
use crate::source::{SourceFile, Span};

crate::codes! {
    /// Every service has an owner. Nobody is paged otherwise.
    OWNER_MISSING = "owner-missing": "a service without an owner";
    /// A note for tests. It means nothing.
    NOT_CHECKED = "not-checked": "something could not be checked";
}

fn tree(files: &[(&str, &str)]) -> SourceTree {
    SourceTree::new(files.iter().map(|(path, text)| SourceFile {
        path: path.to_string(),
        text: text.to_string(),
    }))
}

/// The span of the first `needle` in the file.
fn span(tree: &SourceTree, path: &str, needle: &str) -> Span {
    let file = tree.find(path).unwrap();
    let start = tree.text(file).find(needle).unwrap();
    Span::new(file, start, start + needle.len())
}

fn shop() -> (SourceTree, Vec<Diagnostic>) {
    let tree = tree(&[
        (
            "environments/prod/environment.kdl",
            "environment \"prod\" {\n    deploy \"checkout\"\n    deploy \"cart\"\n}\n",
        ),
        (
            "environments/services/checkout.kdl",
            "// pays\nservice \"checkout\" {\n    http 8080\n}\n",
        ),
    ]);
    let service = span(&tree, "environments/services/checkout.kdl", "\"checkout\"");
    let deploy = span(&tree, "environments/prod/environment.kdl", "\"checkout\"");
    let found = vec![
        Diagnostic::error(OWNER_MISSING, "service `checkout` has no owner")
            .at(service, "no owner in this block")
            .at(deploy, "deployed here")
            .note("teams are listed in `environments/fleet.kdl`")
            .help("add `owner=\"<team>\"`"),
        Diagnostic::warning(NOT_CHECKED, "nothing looked at this"),
    ];
    (tree, found)
}

fn human(tree: &SourceTree, found: &[Diagnostic]) -> String {
    render(Format::Human, found, tree, &Look::default())
}

#[test]
fn a_finding_shows_every_file_it_concerns() {
    let (tree, found) = shop();
    let expected = r#"
error[owner-missing]: service `checkout` has no owner
   ╭─[environments/services/checkout.kdl:2:9]
 1 │ // pays
 2 │ service "checkout" {
   ·         ─────┬────
   ·              ╰── no owner in this block
 3 │     http 8080
   ╰────
   ╭─[environments/prod/environment.kdl:2:12]
 1 │ environment "prod" {
 2 │     deploy "checkout"
   ·            ─────┬────
   ·                 ╰── deployed here
 3 │     deploy "cart"
   ╰────
  note: teams are listed in `environments/fleet.kdl`
  help: add `owner="<team>"`

warning[not-checked]: nothing looked at this

1 error, 1 warning
"#;
    let expected = expected.trim_start();
    assert_eq!(human(&tree, &found), expected);
}

#[test]
fn ascii_and_colour_are_the_callers_choice() {
    let (tree, found) = shop();
    let look = Look {
        unicode: false,
        ..Look::default()
    };
    let plain = render(Format::Human, &found, &tree, &look);
    assert!(plain.is_ascii(), "{plain}");
    let tree = minified();
    let found = Diagnostic::error(OWNER_MISSING, "m").at(span(&tree, "min.kdl", "needle"), "");
    let plain = render(Format::Human, &[found], &tree, &look);
    assert!(plain.is_ascii(), "{plain}");
    let (tree, found) = shop();
    let look = Look {
        color: true,
        ..Look::default()
    };
    let coloured = render(Format::Human, &found, &tree, &look);
    assert!(coloured.contains("\u{1b}[1;31merror[owner-missing]\u{1b}[0m"));
}

#[test]
fn no_findings_are_silence_for_people_and_a_document_for_machines() {
    let tree = tree(&[]);
    assert_eq!(human(&tree, &[]), "");
    let look = Look::default();
    assert_eq!(render(Format::Github, &[], &tree, &look), "");
    assert!(render(Format::Json, &[], &tree, &look).contains("\"findings\": []"));
    assert!(render(Format::Sarif, &[], &tree, &look).contains("\"results\": []"));
    assert!(render(Format::Junit, &[], &tree, &look).contains("tests=\"1\" failures=\"0\""));
}

#[test]
fn labels_far_apart_stand_in_blocks_of_their_own() {
    let text = (1..=30).map(|n| format!("line {n}.\n")).collect::<String>();
    let tree = tree(&[("a.kdl", &text)]);
    let found = Diagnostic::error(OWNER_MISSING, "twice")
        .at(span(&tree, "a.kdl", "24."), "again")
        .at(span(&tree, "a.kdl", "3."), "first")
        .at(span(&tree, "a.kdl", "26."), "near the other");
    let expected = r#"
error[owner-missing]: twice
   ╭─[a.kdl:3:6]
 2 │ line 2.
 3 │ line 3.
   ·      ─┬
   ·       ╰── first
 4 │ line 4.
   ╰────
    ╭─[a.kdl:24:6]
 23 │ line 23.
 24 │ line 24.
    ·      ─┬─
    ·       ╰── again
 25 │ line 25.
 26 │ line 26.
    ·      ─┬─
    ·       ╰── near the other
 27 │ line 27.
    ╰────

1 error
"#;
    assert_eq!(human(&tree, &[found]), expected.trim_start());
}

/// A megabyte on one line.
fn minified() -> SourceTree {
    let text = format!(
        "{}needle{}",
        "a=1; ".repeat(100_000),
        " b=2;".repeat(100_000)
    );
    tree(&[("min.kdl", &text)])
}

#[test]
fn a_minified_file_is_clipped_around_the_label() {
    let tree = minified();
    let found =
        Diagnostic::error(OWNER_MISSING, "far out").at(span(&tree, "min.kdl", "needle"), "here");
    let expected = r#"
error[owner-missing]: far out
   ╭─[min.kdl:1:500001]
 1 │ …=1; a=1; a=1; a=1; a=1; needle b=2; b=2; b=2; b=2; b=2; b=2; b=2; b=2; b=2; b=2; b=2; b=…
   ·                          ───┬──
   ·                             ╰── here
   ╰────

1 error
"#;
    let shown = human(&tree, &[found]);
    let trim = |text: &str| text.replace(' ', "");
    assert_eq!(trim(&shown), trim(expected.trim_start()));
}

/// Text of a user that tries to reach the terminal, the next record or the next tag.
const HOSTILE: &str = "x\u{1b}[2J\u{7}\u{202e}\r\u{0}]]></failure>,a:b%0A\n::error::pwned";

#[test]
fn hostile_text_is_harmless_in_every_format() {
    let tree = tree(&[("a,b:\u{1b}.kdl", HOSTILE)]);
    let file = tree.find("a,b:\u{1b}.kdl").unwrap();
    let found = [Diagnostic::error(OWNER_MISSING, HOSTILE)
        .at(Span::new(file, 0, 3), HOSTILE)
        .note(HOSTILE)
        .help(HOSTILE)];
    let formats = [
        Format::Human,
        Format::Json,
        Format::Sarif,
        Format::Github,
        Format::Junit,
    ];
    for format in formats {
        let shown = render(format, &found, &tree, &Look::default());
        assert!(!shown.contains(text::is_unseen), "{format:?}: {shown}");
        let commands = shown.lines().filter(|line| line.starts_with("::")).count();
        assert_eq!(commands, usize::from(format == Format::Github), "{shown}");
        let tags = shown.matches("</failure>").count();
        assert!(format != Format::Junit || tags == 1, "{shown}");
    }
}

#[test]
fn the_worst_findings_are_shown_and_the_rest_is_counted() {
    let tree = tree(&[]);
    let warning = Diagnostic::warning(NOT_CHECKED, "soft");
    let mut found = vec![warning; 5];
    found.push(Diagnostic::error(OWNER_MISSING, "hard"));
    let look = Look {
        limit: 2,
        ..Look::default()
    };
    let shown = render(Format::Human, &found, &tree, &look);
    let expected = "warning[not-checked]: soft\n\nerror[owner-missing]: hard\n\n\
                    and 4 more: `--format json` shows all 6\n1 error, 5 warnings\n";
    assert_eq!(shown, expected);
}

#[test]
fn json_has_the_place_of_the_first_label_and_all_labels() {
    let (tree, found) = shop();
    let json = render(Format::Json, &found, &tree, &Look::default());
    let json: serde_json::Value = serde_json::from_str(&json).unwrap();
    assert_eq!(json["version"], 1);
    let first = &json["findings"][0];
    assert_eq!(first["file"], "environments/services/checkout.kdl");
    let place = [
        "line",
        "column",
        "end_line",
        "end_column",
        "offset",
        "length",
    ];
    let place = place.map(|key| first[key].as_u64().unwrap());
    assert_eq!(place, [2, 9, 2, 19, 16, 10]);
    assert_eq!(first["labels"][1]["text"], "deployed here");
    assert_eq!(json["findings"][1].get("file"), None);
    assert_eq!(json["summary"]["warnings"], 1);
}

#[test]
fn sarif_results_refer_to_rules_and_regions_are_from_one() {
    let (tree, found) = shop();
    let look = Look {
        prefix: "my shop/".to_string(),
        ..Look::default()
    };
    let sarif = render(Format::Sarif, &found, &tree, &look);
    let sarif: serde_json::Value = serde_json::from_str(&sarif).unwrap();
    assert_eq!(sarif["version"], "2.1.0");
    let run = &sarif["runs"][0];
    let rules = run["tool"]["driver"]["rules"].as_array().unwrap();
    assert_eq!(rules.len(), CODES.len());
    for result in run["results"].as_array().unwrap() {
        let rule = &rules[result["ruleIndex"].as_u64().unwrap() as usize];
        assert_eq!(rule["id"], result["ruleId"]);
        assert!(rule["fullDescription"]["text"].is_string());
        assert!(["error", "warning", "note"].contains(&result["level"].as_str().unwrap()));
        assert!(result["message"]["text"].is_string());
    }
    let location = &run["results"][0]["locations"][0]["physicalLocation"];
    let uri = &location["artifactLocation"]["uri"];
    assert_eq!(uri, "my%20shop/environments/services/checkout.kdl");
    let region = &location["region"];
    assert_eq!(
        (&region["startLine"], &region["startColumn"]),
        (&2.into(), &9.into())
    );
    assert_eq!(
        (&region["charOffset"], &region["charLength"]),
        (&16.into(), &10.into())
    );
    let related = &run["results"][0]["relatedLocations"][0];
    assert_eq!(related["id"], 1);
    assert_eq!(related["message"]["text"], "deployed here");
    assert_eq!(run["results"][1].get("locations"), None);
}

#[test]
fn github_commands_are_one_line_each_and_escaped() {
    let tree = tree(&[("a,b.kdl", "größe\nx\n")]);
    let found = [
        Diagnostic::error(OWNER_MISSING, "100% of `x`\nare gone")
            .at(span(&tree, "a,b.kdl", "ße"), "")
            .help("add: one"),
        Diagnostic::new(NOT_CHECKED, Severity::Note, "n").at(span(&tree, "a,b.kdl", "e\nx"), ""),
        Diagnostic::warning(NOT_CHECKED, "w"),
    ];
    let expected = "\
::error file=a%2Cb.kdl,line=1,col=4,endColumn=5,title=owner-missing::100%25 of `x`%0Aare gone%0Ahelp: add: one
::notice file=a%2Cb.kdl,line=1,endLine=2,title=not-checked::n
::warning title=not-checked::w
";
    assert_eq!(
        render(Format::Github, &found, &tree, &Look::default()),
        expected
    );
}

#[test]
fn junit_errors_fail_and_warnings_pass() {
    let tree = tree(&[("a.kdl", "x")]);
    let found = [
        Diagnostic::error(OWNER_MISSING, "a < b & \"c\"").at(span(&tree, "a.kdl", "x"), ""),
        Diagnostic::warning(NOT_CHECKED, "w").note("n"),
    ];
    let expected = r#"<?xml version="1.0" encoding="UTF-8"?>
<testsuites name="tiphys" tests="2" failures="1" errors="0">
  <testsuite name="tiphys" tests="2" failures="1" errors="0">
    <testcase classname="owner-missing" name="a.kdl:1:1: a &lt; b &amp; &quot;c&quot;"><failure type="owner-missing" message="a &lt; b &amp; &quot;c&quot;">error: a.kdl:1:1: a &lt; b &amp; &quot;c&quot;</failure></testcase>
    <testcase classname="not-checked" name="w"><system-out>warning: w&#10;note: n</system-out></testcase>
  </testsuite>
</testsuites>
"#;
    assert_eq!(
        render(Format::Junit, &found, &tree, &Look::default()),
        expected
    );
}

#[test]
fn a_finding_with_very_many_places_shows_some_and_says_so() {
    let tree = tree(&[("a.kdl", &"x\n".repeat(50_000))]);
    let mut found = Diagnostic::error(OWNER_MISSING, "everywhere");
    for line in 0..50_000 {
        found = found.at(
            Span::new(tree.find("a.kdl").unwrap(), 2 * line, 2 * line + 1),
            "x",
        );
    }
    let shown = human(&tree, &[found]);
    assert_eq!(shown.matches("── x").count(), 10);
    assert!(
        shown.contains("note: 49990 more places are in `--format json`"),
        "{shown}"
    );
}

#[test]
fn any_span_of_any_text_is_drawn() {
    let texts = [
        "",
        "\n",
        "\r\n\r\n",
        "a",
        "größe\t\u{1b}\n\n日本\u{1f680}\u{301} x\r\nend",
        "no newline at the end\n  {\n    many\n    lines\n  }",
    ];
    for text in texts
        .map(str::to_string)
        .into_iter()
        .chain(["é ".repeat(300)])
    {
        let tree = tree(&[("a.kdl", &text), ("b.kdl", "x\n")]);
        let file = tree.find("a.kdl").unwrap();
        for start in (0..=text.len() + 2).step_by(1 + text.len() / 40) {
            for len in [0, 1, 2, 7, 1000] {
                let at = Span::new(file, start, start + len);
                let found = Diagnostic::error(OWNER_MISSING, "m")
                    .at(at, "here")
                    .at(Span::new(file, 1, 4), "there")
                    .at(Span::new(file, text.len(), text.len()), "");
                let shown = human(&tree, &[found]);
                let place = places(&tree, at);
                assert!(shown.contains(&place), "{place} of {text:?}:\n{shown}");
                assert!(
                    shown.contains("── here"),
                    "{start}+{len} of {text:?}:\n{shown}"
                );
                assert!(
                    shown.contains("── there"),
                    "{start}+{len} of {text:?}:\n{shown}"
                );
            }
        }
    }
}

/// `a.kdl:<line>`.
fn places(tree: &SourceTree, span: Span) -> String {
    format!("a.kdl:{}:", tree.position(span).0)
}

#[test]
fn gitlab_gets_issues_with_fingerprints_of_their_own() {
    let tree = tree(&[("a.kdl", "x\nyy\n")]);
    let file = tree.find("a.kdl").unwrap();
    let found = [
        Diagnostic::error(OWNER_MISSING, "m").at(Span::new(file, 2, 4), "here"),
        Diagnostic::warning(OWNER_MISSING, "m").at(Span::new(file, 0, 1), ""),
        Diagnostic::new(NOT_CHECKED, Severity::Note, "n").help("h"),
    ];
    let text = render(Format::Gitlab, &found, &tree, &Look::default());
    let issues: serde_json::Value = serde_json::from_str(&text).unwrap();
    let field = |at: usize, pointer: &str| issues[at].pointer(pointer).cloned().unwrap();
    assert_eq!(
        field(0, "/location"),
        serde_json::json!({"path": "a.kdl", "lines": {"begin": 2, "end": 2}})
    );
    assert_eq!(field(0, "/severity"), "major");
    assert_eq!(field(1, "/severity"), "minor");
    assert_eq!(field(2, "/severity"), "info");
    assert_eq!(field(2, "/description"), "n\nhelp: h");
    assert_eq!(field(2, "/location/lines/begin"), 1);
    assert_ne!(field(0, "/fingerprint"), field(1, "/fingerprint"));
    assert_eq!(render(Format::Gitlab, &[], &tree, &Look::default()), "[]\n");
}
