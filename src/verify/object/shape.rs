//! The checks that every area is made of: ranges, words, names, one-of, uniqueness. Each says
//! nothing about values of the wrong type: that is the schema's to say.

use crate::codes;
use crate::diagnostic::Severity;
use crate::manifest::Finding;
use crate::value::Value;
use crate::verify::cursor::{Cursor, repeated};
use crate::verify::names::{self, Wrong};

codes! {
    /// A number lies outside of what the API server accepts for this field: a negative count, a
    /// threshold of zero, a port beyond 65535. The object would be refused.
    ///
    /// Write a number within the range that the message names, or leave the field out to get its
    /// default.
    NUMBER_OUT_OF_RANGE = "number-out-of-range": "a number that the field cannot take";

    /// The field takes one of a few words, and this is none of them. Kubernetes compares them
    /// letter by letter: `always` is not `Always`.
    ///
    /// Write one of the words that the help lists.
    WORD_UNKNOWN = "word-unknown": "a word that the field does not know";

    /// A field that must not be empty is empty or missing.
    ///
    /// Fill it in; the message names the field.
    FIELD_EMPTY = "field-empty": "a required field is empty";

    /// Kubernetes takes exactly one of these fields here, such as one handler in a probe
    /// (`httpGet`, `tcpSocket`, `exec` or `grpc`) or one source of a volume.
    ///
    /// Keep one and remove the others; where there is none, add one.
    NOT_EXACTLY_ONE = "not-exactly-one": "none or several of fields that exclude each other";

    /// Entries of this list are told apart by a name, and two have the same one: two containers
    /// `app`, two volumes `data`, two mounts at `/tmp`. The API server refuses the object.
    ///
    /// Rename or remove one of them.
    ENTRY_DUPLICATE = "entry-duplicate": "two entries of a list share what tells them apart";

    /// The name of a part (a container, a volume, a key), or a reference to an object, does not
    /// have the shape that Kubernetes demands for it.
    ///
    /// The message says which characters are allowed; most names are lower-case letters, digits
    /// and `-`.
    PART_NAME_MALFORMED = "part-name-malformed": "the name of a part has a wrong shape";

    /// The two fields contradict each other, and the API server refuses the combination.
    ///
    /// The message names both; remove one of them or change its value.
    FIELDS_CONTRADICT = "fields-contradict": "two fields that exclude each other";

    /// A port is a number from 1 to 65535 or the name of a container port: at most 15 lower-case
    /// letters, digits and `-`, with at least one letter.
    /// Use the number, or a name that a container port has.
    PORT_MALFORMED = "port-malformed": "neither a port number nor a port name";
}

/// The list that findings go to.
pub type Findings = Vec<Finding>;

/// A present number must be at least `least`.
pub fn at_least(at: &Cursor, path: &str, least: i64, out: &mut Findings) {
    between(at, path, least, i64::MAX, out);
}

/// A present number must lie in a range, both ends included.
pub fn between(at: &Cursor, path: &str, least: i64, most: i64, out: &mut Findings) {
    let Some(number) = at
        .int(path)
        .filter(|number| !(least..=most).contains(number))
    else {
        return;
    };
    let range = match most {
        i64::MAX => format!("at least {least}"),
        _ => format!("between {least} and {most}"),
    };
    let message = format!("`{path}` is {number}, and must be {range}");
    out.push(
        at.error_at(path, NUMBER_OUT_OF_RANGE, message)
            .help(format!("write a number that is {range}")),
    );
}

/// A present text must be one of a few words.
pub fn word(at: &Cursor, path: &str, words: &[&str], out: &mut Findings) {
    let Some(text) = at.str(path).filter(|text| !words.contains(text)) else {
        return;
    };
    let message = format!("`{path}` does not know the word `{text}`");
    out.push(
        at.error_at(path, WORD_UNKNOWN, message)
            .help(format!("write one of {}", listed(words))),
    );
}

/// `a`, `b` or `c`, in backticks.
pub fn listed(words: &[&str]) -> String {
    let quoted: Vec<String> = words.iter().map(|word| format!("`{word}`")).collect();
    match quoted.split_last() {
        Some((last, rest)) if !rest.is_empty() => format!("{} or {last}", rest.join(", ")),
        _ => quoted.concat(),
    }
}

/// A text, list or map that is there must not be empty.
pub fn not_empty(at: &Cursor, path: &str, out: &mut Findings) {
    let empty = match at.find(path) {
        Some(Value::Str(text)) => text.is_empty(),
        Some(Value::List(list)) => list.is_empty(),
        Some(Value::Map(map)) => map.is_empty(),
        _ => false,
    };
    if empty {
        out.push(missing(at, path));
    }
}

/// A text, list or map must be there, and not empty. For what no schema requires.
pub fn required(at: &Cursor, path: &str, out: &mut Findings) {
    match at.has(path) {
        true => not_empty(at, path, out),
        false => out.push(missing(at, path)),
    }
}

fn missing(at: &Cursor, path: &str) -> Finding {
    at.error_at(path, FIELD_EMPTY, format!("`{path}` is required and empty"))
        .help(format!("fill in `{path}`"))
}

/// A present text, empty or not, must have a shape.
pub fn name(at: &Cursor, path: &str, check: fn(&str) -> Wrong, out: &mut Findings) {
    let Some(text) = at.str(path) else { return };
    if let Some(wrong) = check(text) {
        let message = format!("`{path}` is `{text}`, and {wrong}");
        out.push(
            at.error_at(path, PART_NAME_MALFORMED, message)
                .help(format!("rename `{text}`")),
        );
    }
}

/// As [`name`], where an empty text counts as absent.
pub fn optional_name(at: &Cursor, path: &str, check: fn(&str) -> Wrong, out: &mut Findings) {
    if !at.text(path).is_empty() {
        name(at, path, check, out);
    }
}

/// As [`optional_name`], for what the API server takes and nobody could ever find.
pub fn doubtful_name(at: &Cursor, path: &str, check: fn(&str) -> Wrong, out: &mut Findings) {
    let before = out.len();
    optional_name(at, path, check, out);
    for finding in &mut out[before..] {
        finding.severity = Severity::Warning;
    }
}

/// Exactly one of the fields must be there.
pub fn exactly_one(at: &Cursor, fields: &[&str], out: &mut Findings) -> bool {
    let count = fields.iter().filter(|field| at.has(field)).count();
    match count {
        1 => return true,
        0 => out.push(
            at.error(
                NOT_EXACTLY_ONE,
                "none of the fields that this needs is given",
            )
            .help(format!("add one of {}", listed(fields))),
        ),
        _ => out.push(several(at, fields)),
    }
    false
}

/// At most one of the fields may be there.
pub fn at_most_one(at: &Cursor, fields: &[&str], out: &mut Findings) {
    if fields.iter().filter(|field| at.has(field)).count() > 1 {
        out.push(several(at, fields));
    }
}

fn several(at: &Cursor, fields: &[&str]) -> Finding {
    let given: Vec<&str> = fields
        .iter()
        .copied()
        .filter(|field| at.has(field))
        .collect();
    let message = format!("only one of {} may be given", listed(&given));
    at.error(NOT_EXACTLY_ONE, message)
        .help("keep one of them and remove the others")
}

/// No two items of the list may have the same text in `field`.
pub fn unique(at: &Cursor, path: &str, field: &str, out: &mut Findings) {
    let Some(list) = at.find(path).and_then(Value::as_list) else {
        return;
    };
    for (index, item) in at.list(path).enumerate() {
        if repeated(list, index, |value| {
            value.get(field).and_then(Value::as_str)
        }) {
            let text = item.text(field);
            out.push(duplicate(&item, field, text));
        }
    }
}

/// The finding for an entry whose key an earlier one has.
pub fn duplicate(at: &Cursor, field: &str, text: &str) -> Finding {
    at.error_at(field, ENTRY_DUPLICATE, format!("`{text}` is there twice"))
        .help("rename or remove one of the two")
}

/// The finding for two fields that exclude each other.
pub fn contradiction(at: &Cursor, path: &str, message: impl Into<String>, help: &str) -> Finding {
    at.error_at(path, FIELDS_CONTRADICT, message).help(help)
}

/// A present number or name of a port.
pub fn port_or_name(at: &Cursor, path: &str, out: &mut Findings) {
    let message = match at.find(path) {
        Some(Value::Int(number)) if !names::port(*number) => {
            format!("`{path}` is {number}, and a port is between 1 and 65535")
        }
        Some(Value::Str(text)) => match names::port_name(text) {
            Some(wrong) => format!("`{path}` is `{text}`, and the name of a port {wrong}"),
            None => return,
        },
        _ => return,
    };
    out.push(
        at.error_at(path, PORT_MALFORMED, message)
            .help("write a port number or the name of a container port"),
    );
}

/// A present port number.
pub fn port(at: &Cursor, path: &str, out: &mut Findings) {
    if let Some(number) = at.int(path).filter(|number| !names::port(*number)) {
        let message = format!("`{path}` is {number}, and a port is between 1 and 65535");
        out.push(
            at.error_at(path, PORT_MALFORMED, message)
                .help("write a number between 1 and 65535"),
        );
    }
}

/// A whole number or `N%`, neither negative; with `hundred`, at most 100 %. Gives the number.
/// Source: pkg/apis/apps/validation `ValidatePositiveIntOrPercent`, `IsNotMoreThan100Percent`.
pub fn int_or_percent(at: &Cursor, path: &str, hundred: bool, out: &mut Findings) -> Option<i64> {
    let (number, percent) = match at.find(path)? {
        Value::Int(number) => (Some(*number), false),
        Value::Str(text) => (
            text.strip_suffix('%')
                .filter(|text| text.bytes().all(|byte| byte.is_ascii_digit()))
                .and_then(|text| text.parse().ok()),
            true,
        ),
        _ => return None,
    };
    let wrong = match number {
        None => "must be a whole number or a percentage like `25%`",
        Some(number) if number < 0 => "must not be negative",
        Some(number) if percent && hundred && number > 100 => "must be at most `100%`",
        Some(number) => return Some(number),
    };
    out.push(
        at.error_at(path, NUMBER_OUT_OF_RANGE, format!("`{path}` {wrong}"))
            .help("write a number such as `1`, or a percentage such as `25%`"),
    );
    None
}
