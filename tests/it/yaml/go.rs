//! Go's reader, which Kubernetes and Argo CD use: live where Go and its module are at hand, and
//! as a recorded table anywhere. `UPDATE=1 cargo test go_` records.
#![allow(clippy::disallowed_methods)]

use super::writing::NASTY;
use super::{json, read as read_ours, same};
use std::io::Write;
use std::process::{Command, Stdio};
use tiphys::emit::yaml::to_string;
use tiphys::value::Value;

const TABLE: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/it/go_yaml_table.txt");
const MODULE: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/go-yaml");

/// Plain scalars beside [`NASTY`], most of them numbers to somebody.
const TOKENS: &str = "|Yes|YES|yEs|On|oFF|Off|OFF|Y|n|No|NO|nO|True|TRUE|tRuE|FALSE|fAlse|Null|NULL|nULL|nil|none|t|f|T|F|on|no\
|0|1|-1|+1|00|01|007|08|09|0777|0o|0o8|0O17|0x|0xg|0X1f|-0x1F|+0x1F|0x_1F|0b|0b2|0B11|-0b11|+0b11|0b+11|0b_11|1__0|1_|_1|-_1|+_1|0_1|0_8\
|1_000.5|1.|1.0|1.5|-1.5|+1.5|.5|-.5|+.5|.|..|-.|+.|._5|.5_0|.5__0|.5_|.5_e3|.5e1_0|5e|5e+|5e3|5E3|5e-3|5e+3|.5e3|5.e3|e3|-e3|1e3.5|1.5.5|12e03|3.0|1.0e3|1e15|1e16|1e20\
|9007199254740993|9223372036854775807|-9223372036854775808|-9223372036854775809|18446744073709551615|18446744073709551616|0x7FFFFFFFFFFFFFFF\
|0xFFFFFFFFFFFFFFFF|0xFFFFFFFFFFFFFFFFFF|-0xFFFFFFFFFFFFFFFF|0777777777777777777777|07777777777777777777777777|0b111|123456789012345678901234567890\
|.Inf|.INF|.iNF|+.inf|+.INF|-.INF|.nan|.NAN|-.nan|+.nan|inf|nan|Infinity|NaN|1e999|-1e999|1.7976931348623157e308|5e-324|1e-400|0.1|0.30000000000000004\
|2001-1-1|2001-13-45|2001-12-14T21:59:43Z|2001-12-14 21:59:43|20:30|1:30:45|190:20:30.15|-1:30|0:0|1/2|1%|50%|1s|5m|15m|30d|1h30m|100m|1Gi|0.5Gi|1k\
|v1|1.2.3|1.8.2-rc1|10.0.0.1|10.0.0.0/8|::1|fe80::1|a:b|a::b|sha256:ab|1a|1f|0f|0d1|1d|1e|1E|0x1p-2|0x1.8|1+1|1-1|1,5|--flag=x|-f|-x y|--|+x|+|-a\
|~a|~/x|a~|<|<a|=a|==|=|$x|(x)|;x|^x|/x|_x|\\x|a b|a  b|a'b|a\"b|a#b|a{b|a[b|a,b|a]|a}|.github|.a|..a|a.|été|日本|name|kind|apiVersion";

/// What Go makes of each document; `None` where Go cannot run.
pub(super) fn read(documents: &[String]) -> Option<Vec<Result<serde_json::Value, String>>> {
    let mut child = Command::new("go")
        .args(["run", "."])
        .current_dir(MODULE)
        .env("GOFLAGS", "-mod=readonly")
        .env("GOPROXY", "off")
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::null())
        .spawn()
        .ok()?;
    let mut stdin = child.stdin.take()?;
    let input = documents.join("\0") + "\0";
    let feeder = std::thread::spawn(move || stdin.write_all(input.as_bytes()));
    let output = child.wait_with_output().ok()?;
    feeder.join().ok()?.ok()?;
    if !output.status.success() {
        return None;
    }
    let lines = String::from_utf8(output.stdout).ok()?;
    let results: Vec<_> = lines.lines().map(result).collect();
    (results.len() == documents.len()).then_some(results)
}

fn result(line: &str) -> Result<serde_json::Value, String> {
    match line.strip_prefix("error: ") {
        Some(error) => Err(error.to_owned()),
        None => serde_json::from_str(line).map_err(|error| error.to_string()),
    }
}

fn tokens() -> Vec<String> {
    let is_inline = |text: &&str| {
        !text.contains(char::is_control)
            && !text.contains(['\u{2028}', '\u{2029}', '\u{feff}', '\u{fffe}', '\u{ffff}'])
    };
    let mut tokens: Vec<String> = TOKENS
        .split('|')
        .chain(NASTY.iter().copied().filter(is_inline))
        .map(str::to_owned)
        .collect();
    tokens.sort();
    tokens.dedup();
    tokens
}

fn document(token: &str) -> String {
    format!("k: {token}\n")
}

/// Lines of a JSON string, the plain scalar, a tab, and Go's JSON or `error`.
fn table() -> Vec<(String, Option<serde_json::Value>)> {
    let text = std::fs::read_to_string(TABLE).unwrap_or_default();
    let row = |line: &str| {
        let (token, read) = line.split_once('\t')?;
        let read = match read {
            "error" => None,
            json => Some(serde_json::from_str(json).ok()?),
        };
        Some((serde_json::from_str(token).ok()?, read))
    };
    text.lines().filter_map(row).collect()
}

#[test]
fn go_table_is_fresh() {
    let tokens = tokens();
    let documents: Vec<_> = tokens.iter().map(|token| document(token)).collect();
    let Some(read) = read(&documents) else {
        assert_eq!(
            table().into_iter().map(|row| row.0).collect::<Vec<_>>(),
            tokens
        );
        return;
    };
    let rows = tokens.iter().zip(read).map(|(token, read)| {
        let read = read.map_or("error".to_owned(), |read| read["k"].to_string());
        format!("{}\t{read}\n", serde_json::Value::from(token.as_str()))
    });
    let fresh: String = rows.collect();
    if std::env::var("UPDATE").is_ok() {
        std::fs::write(TABLE, &fresh).unwrap();
    }
    assert!(
        std::fs::read_to_string(TABLE).unwrap_or_default() == fresh,
        "stale: UPDATE=1 cargo test go_"
    );
}

#[test]
fn our_reader_agrees_with_go_on_every_scalar() {
    let table = table();
    assert!(table.len() > 250);
    for (token, go) in table {
        match read_ours(&document(&token)) {
            Ok(ours) => {
                let ours = ours.first().map(|value| json(value)["k"].clone());
                let agree = ours.iter().zip(&go).any(|(ours, go)| same(ours, go));
                assert!(agree, "{token}: Go reads {go:?}, we read {ours:?}");
            }
            Err(found) => {
                let code = found[0].code.name;
                let expected =
                    ["yaml-number", "yaml-alias", "yaml-anchor", "yaml-tag"].contains(&code);
                assert!(
                    go.is_none() || expected,
                    "{token}: Go reads {go:?}, we say {code}"
                );
            }
        }
    }
}

#[test]
fn what_is_written_plain_is_that_string_to_go() {
    for (token, go) in table() {
        let written = to_string(&Value::from(token.as_str()));
        if !written.starts_with('"') {
            assert_eq!(go, Some(token.as_str().into()), "{token} must be quoted");
        }
    }
}
