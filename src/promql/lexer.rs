//! Text into tokens. Source: Prometheus `promql/parser/lex.go`.

use super::{Fault, short};

#[derive(Clone, Debug, PartialEq)]
pub(super) enum Token {
    /// A metric, label, function or keyword.
    Name(String),
    Number(f64),
    /// In seconds, above 0 where it is one.
    Duration(f64),
    Text(String),
    /// An operator or bracket.
    Sign(&'static str),
    End,
}

impl Token {
    pub fn shown(&self) -> String {
        match self {
            Token::Name(name) => format!("`{}`", short(name)),
            Token::Number(_) => "a number".to_owned(),
            Token::Duration(_) => "a duration".to_owned(),
            Token::Text(text) => format!("the text \"{}\"", short(text)),
            Token::Sign(sign) => format!("`{sign}`"),
            Token::End => "the end".to_owned(),
        }
    }
}

/// Longer signs before those that they begin with.
const SIGNS: [&str; 26] = [
    "==", "=~", "!=", "!~", "<=", ">=", "(", ")", "{", "}", "[", "]", ",", ":", "=", "<", ">", "+",
    "-", "*", "/", "%", "^", "@", "!", ";",
];

/// Every token with its place in bytes, an end last.
pub(super) fn tokens(text: &str) -> Result<Vec<(Token, usize)>, Fault> {
    let mut tokens = Vec::new();
    let mut at = 0;
    // A colon separates between square brackets, and belongs to names outside of them.
    let mut in_range = false;
    while let Some(c) = text.get(at..).and_then(|rest| rest.chars().next()) {
        let rest = text.get(at..).unwrap_or_default();
        let (token, length) = match c {
            c if c.is_ascii_whitespace() => {
                at += 1;
                continue;
            }
            '#' => {
                at += rest.find('\n').unwrap_or(rest.len());
                continue;
            }
            '"' | '\'' | '`' => quoted(rest, c).ok_or_else(|| {
                Fault::new(
                    at,
                    "a text that is not closed, or has an escape that is none",
                )
            })?,
            '0'..='9' | '.' => number(rest, at)?,
            c if is_letter(c) || (c == ':' && !in_range) => {
                let is_part =
                    |c: char| is_letter(c) || c.is_ascii_digit() || (c == ':' && !in_range);
                let length = rest.find(|c| !is_part(c)).unwrap_or(rest.len());
                (
                    Token::Name(rest.get(..length).unwrap_or_default().to_owned()),
                    length,
                )
            }
            _ => {
                let sign = SIGNS.iter().find(|sign| rest.starts_with(**sign));
                let Some(sign) = sign else {
                    return Err(Fault::new(
                        at,
                        format!("the character {c:?} has no meaning here"),
                    ));
                };
                in_range = (in_range || *sign == "[") && *sign != "]";
                (Token::Sign(sign), sign.len())
            }
        };
        tokens.push((token, at));
        at += length.max(1);
    }
    tokens.push((Token::End, text.len()));
    Ok(tokens)
}

fn is_letter(c: char) -> bool {
    c == '_' || c.is_ascii_alphabetic()
}

/// A text and its length with quotes. Source: Prometheus `util/strutil/quote.go`.
fn quoted(rest: &str, quote: char) -> Option<(Token, usize)> {
    let mut text = String::new();
    let mut chars = rest.char_indices().skip(1);
    while let Some((at, c)) = chars.next() {
        match c {
            c if c == quote => return Some((Token::Text(text), at + 1)),
            '\n' if quote != '`' => return None,
            '\\' if quote != '`' => text.push(escaped(&mut chars, quote)?),
            c => text.push(c),
        }
    }
    None
}

fn escaped(chars: &mut impl Iterator<Item = (usize, char)>, quote: char) -> Option<char> {
    let (kind, digits) = match chars.next()?.1 {
        'a' => return Some('\u{7}'),
        'b' => return Some('\u{8}'),
        'f' => return Some('\u{c}'),
        'n' => return Some('\n'),
        'r' => return Some('\r'),
        't' => return Some('\t'),
        'v' => return Some('\u{b}'),
        '\\' => return Some('\\'),
        c if c == quote => return Some(c),
        c @ '0'..='7' => (c, 2),
        'x' => ('x', 2),
        'u' => ('u', 4),
        'U' => ('U', 8),
        _ => return None,
    };
    let mut code = |base: u32, first: u32| {
        let mut code = first;
        for _ in 0..digits {
            let digit = chars.next()?.1.to_digit(base)?;
            code = code.checked_mul(base)?.checked_add(digit)?;
        }
        match (code, base) {
            (256.., 8) => None,
            // A lone byte is no letter, and no label's value has it.
            (code, _) => Some(char::from_u32(code).unwrap_or(char::REPLACEMENT_CHARACTER)),
        }
    };
    match kind.to_digit(8) {
        Some(first) => code(8, first),
        None => code(16, 0),
    }
}

/// So many seconds are as many nanoseconds as Prometheus can count.
const LONGEST: f64 = 9_223_372_036.0;

/// A number or a duration, and its length.
fn number(rest: &str, at: usize) -> Result<(Token, usize), Fault> {
    let end = |from: usize, is: fn(char) -> bool| {
        let tail = rest.get(from..).unwrap_or_default();
        from + tail.find(|c| !is(c)).unwrap_or(tail.len())
    };
    let word = end(0, |c| c.is_ascii_alphanumeric() || c == '_' || c == '.');
    let whole = rest.get(..word).unwrap_or_default();
    if let Some(seconds) = duration(whole) {
        if seconds > LONGEST {
            let message = format!(
                "`{}` is longer than the 292 years that a duration may have",
                short(whole)
            );
            return Err(Fault::new(at, message));
        }
        return Ok((Token::Duration(seconds), word));
    }
    let lower = whole.to_ascii_lowercase();
    if let Some(digits) = lower.strip_prefix("0x") {
        let digits = digits.replace('_', "");
        return match u64::from_str_radix(&digits, 16) {
            Ok(value) => Ok((Token::Number(value as f64), word)),
            Err(_) => Err(bad(at, whole)),
        };
    }
    let mut length = end(0, |c| c.is_ascii_digit() || c == '_');
    if rest.get(length..).is_some_and(|rest| rest.starts_with('.')) {
        length = end(length + 1, |c| c.is_ascii_digit() || c == '_');
    }
    if rest
        .get(length..)
        .is_some_and(|rest| rest.starts_with(['e', 'E']))
    {
        let signed = rest
            .get(length + 1..)
            .is_some_and(|rest| rest.starts_with(['+', '-']));
        length = end(length + 1 + usize::from(signed), |c| c.is_ascii_digit());
    }
    let text = rest.get(..length).unwrap_or_default().replace('_', "");
    let goes_on = rest
        .get(length..)
        .is_some_and(|rest| rest.starts_with(|c: char| is_letter(c) || c.is_ascii_digit()));
    match text.parse::<f64>() {
        Ok(value) if !goes_on => Ok((Token::Number(value), length)),
        _ => Err(bad(at, whole)),
    }
}

fn bad(at: usize, text: &str) -> Fault {
    Fault::new(
        at,
        format!("`{}` is neither a number nor a duration", short(text)),
    )
}

/// `1h30m` in seconds: units from the longest to the shortest, each once. Source:
/// `model.ParseDuration`.
fn duration(text: &str) -> Option<f64> {
    const UNITS: [(&str, f64); 7] = [
        ("y", 31_536_000.0),
        ("w", 604_800.0),
        ("d", 86_400.0),
        ("h", 3_600.0),
        ("m", 60.0),
        ("s", 1.0),
        ("ms", 0.001),
    ];
    let (mut rest, mut last, mut seconds) = (text, 0, 0.0);
    while !rest.is_empty() {
        let digits = rest.find(|c: char| !c.is_ascii_digit())?;
        let amount: f64 = rest
            .get(..digits)
            .filter(|text| !text.is_empty())?
            .parse()
            .ok()?;
        let tail = rest.get(digits..)?;
        let length = tail
            .find(|c: char| !c.is_ascii_alphabetic())
            .unwrap_or(tail.len());
        let unit = tail.get(..length)?;
        let place = UNITS.iter().position(|(name, _)| *name == unit)?;
        if place < last {
            return None;
        }
        last = place + 1;
        seconds += amount * UNITS.get(place)?.1;
        rest = tail.get(length..)?;
    }
    Some(seconds)
}
