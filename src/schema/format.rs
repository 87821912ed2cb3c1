//! The texts behind `format`, and Kubernetes' own: quantities and times.

use super::arena::{Format, Pattern};
use crate::value::Str;

impl Format {
    /// What is expected, with an example; for a message.
    pub fn expected(self) -> &'static str {
        match self {
            Format::None => "a text",
            Format::Int32 => "a 32-bit integer",
            Format::Int64 => "a 64-bit integer",
            Format::Float | Format::Double => "a number",
            Format::Byte => "base64 such as `aGVsbG8=`",
            Format::DateTime => "a time such as `2030-01-31T12:00:00Z`",
            Format::MicroTime => "a time such as `2030-01-31T12:00:00.000000Z`",
            Format::Date => "a date such as `2030-01-31`",
            Format::Duration => "a duration such as `90s`",
            Format::Uri => "a URI such as `https://example.com/`",
            Format::Email => "an e-mail address",
            Format::Hostname => "a host name",
            Format::Ipv4 => "an IPv4 address",
            Format::Ipv6 => "an IPv6 address",
            Format::Cidr => "a network such as `10.0.0.0/8`",
            Format::Mac => "a MAC address",
            Format::Uuid => "a UUID",
        }
    }

    pub fn takes(self, text: &str) -> bool {
        match self {
            Format::Byte => decode_base64(text).is_some(),
            Format::DateTime => date_time(text).is_some(),
            Format::MicroTime => date_time(text) == Some(6),
            Format::Date => text.len() == 10 && date(text),
            Format::Duration => duration(text),
            Format::Uri => uri(text),
            Format::Email => email(text),
            Format::Hostname => hostname(text),
            Format::Ipv4 => text.parse::<std::net::Ipv4Addr>().is_ok(),
            Format::Ipv6 => text.parse::<std::net::Ipv6Addr>().is_ok(),
            Format::Cidr => cidr(text),
            Format::Mac => mac(text),
            Format::Uuid => uuid(text),
            Format::None | Format::Int32 | Format::Int64 | Format::Float | Format::Double => true,
        }
    }
}

/// `500m`, `1Gi`, `1e3`, `-2.5k`: sign, decimal number, then a suffix or an exponent.
pub fn quantity(text: &str) -> bool {
    let unsigned = text.strip_prefix(['+', '-']).unwrap_or(text);
    let digits = |text: &str| text.bytes().take_while(u8::is_ascii_digit).count();
    let whole = digits(unsigned);
    let mut rest = &unsigned[whole..];
    let mut fraction = 0;
    if let Some(after) = rest.strip_prefix('.') {
        fraction = digits(after);
        rest = &after[fraction..];
    }
    let exponent = |rest: &str| {
        let number = rest.strip_prefix(['e', 'E']).unwrap_or("");
        let number = number.strip_prefix(['+', '-']).unwrap_or(number);
        !number.is_empty() && number.len() <= 4 && digits(number) == number.len()
    };
    whole + fraction > 0 && (SUFFIXES.contains(&rest) || exponent(rest))
}

const SUFFIXES: &[&str] = &[
    "", "n", "u", "m", "k", "M", "G", "T", "P", "E", "Ki", "Mi", "Gi", "Ti", "Pi", "Ei",
];

/// Standard alphabet with padding; line ends are skipped, as Go does.
pub fn decode_base64(text: &str) -> Option<Vec<u8>> {
    let text: Vec<u8> = text
        .bytes()
        .filter(|byte| !b"\n\r".contains(byte))
        .collect();
    let digits = text
        .iter()
        .position(|byte| *byte == b'=')
        .unwrap_or(text.len());
    let padding = text.len() - digits;
    if !text.len().is_multiple_of(4)
        || padding > 2
        || text[digits..].iter().any(|byte| *byte != b'=')
    {
        return None;
    }
    let mut bytes = Vec::with_capacity(text.len() / 4 * 3);
    let (mut buffer, mut bits) = (0u32, 0);
    for byte in &text[..digits] {
        let digit = match byte {
            b'A'..=b'Z' => byte - b'A',
            b'a'..=b'z' => byte - b'a' + 26,
            b'0'..=b'9' => byte - b'0' + 52,
            b'+' => 62,
            b'/' => 63,
            _ => return None,
        };
        buffer = buffer << 6 | u32::from(digit);
        bits += 6;
        if bits >= 8 {
            bits -= 8;
            bytes.push((buffer >> bits) as u8);
        }
    }
    Some(bytes)
}

/// RFC 3339; gives the number of digits after the second.
fn date_time(text: &str) -> Option<usize> {
    let (day, time) = text.split_at_checked(10)?;
    let time = time.strip_prefix(['T', 't'])?;
    let (clock, rest) = time.split_at_checked(8)?;
    let part = |range| number(clock.get(range)?);
    let in_range = part(0..2)? < 24 && part(3..5)? < 60 && part(6..8)? < 60;
    let colons = clock.as_bytes()[2] == b':' && clock.as_bytes()[5] == b':';
    let digits = match rest.strip_prefix('.') {
        Some(fraction) => fraction.bytes().take_while(u8::is_ascii_digit).count(),
        None => 0,
    };
    let zone = match rest.strip_prefix('.') {
        Some(fraction) if digits > 0 => &fraction[digits..],
        Some(_) => return None,
        None => rest,
    };
    (date(day) && in_range && colons && offset(zone)).then_some(digits)
}

/// `Z`, `+02:00`.
fn offset(zone: &str) -> bool {
    let signed = || {
        let rest = zone.strip_prefix(['+', '-'])?;
        let (hours, minutes) = rest.split_once(':')?;
        let sound = hours.len() == 2 && minutes.len() == 2;
        Some(sound && number(hours)? < 24 && number(minutes)? < 60)
    };
    matches!(zone, "Z" | "z") || signed().unwrap_or(false)
}

/// `2030-01-31`: a day that exists.
fn date(text: &str) -> bool {
    let parse = || {
        let parts = [text.get(0..4)?, text.get(5..7)?, text.get(8..10)?];
        let [year, month, day] = parts.map(number);
        let (year, month, day) = (year?, month?, day?);
        let leap =
            year.is_multiple_of(4) && (!year.is_multiple_of(100) || year.is_multiple_of(400));
        let days = match month {
            4 | 6 | 9 | 11 => 30,
            2 if leap => 29,
            2 => 28,
            1..=12 => 31,
            _ => 0,
        };
        let dashes = text.as_bytes()[4] == b'-' && text.as_bytes()[7] == b'-';
        Some(dashes && (1..=days).contains(&day))
    };
    parse().unwrap_or(false)
}

fn number(text: &str) -> Option<u32> {
    let digits = text.bytes().all(|byte| byte.is_ascii_digit());
    digits.then(|| text.parse().ok()).flatten()
}

/// Go's durations (`1h30m`), and the long forms that the API server takes (`3 days`).
fn duration(text: &str) -> bool {
    let go = r"^[-+]?(0|(([0-9]+(\.[0-9]*)?|\.[0-9]+)(ns|us|µs|μs|ms|s|m|h))+)$";
    let long = r"^[0-9]+ ?(ns|nano|us|µs|micro|ms|milli|s|sec|m|min|h|hr|hour|d|day|w|wk|week)s?$";
    [go, long].iter().any(|pattern| {
        let pattern = Pattern::new(Str::from(*pattern));
        pattern.matches(text).unwrap_or(true)
    })
}

/// A duration in Go's form (`1h30m`, `-1.5s`), in nanoseconds.
pub fn nanoseconds(text: &str) -> Option<i64> {
    let negative = text.starts_with('-');
    let mut rest = text.strip_prefix(['+', '-']).unwrap_or(text);
    if rest == "0" {
        return Some(0);
    }
    let mut total = 0f64;
    loop {
        let end = rest.find(|c: char| !c.is_ascii_digit() && c != '.')?;
        let (amount, after) = rest.split_at(end);
        let unit = after
            .find(|c: char| c.is_ascii_digit() || c == '.')
            .unwrap_or(after.len());
        let (unit, after) = after.split_at(unit);
        let (_, scale) = UNITS.iter().find(|(name, _)| *name == unit)?;
        total += amount.parse::<f64>().ok()? * scale;
        rest = after;
        if rest.is_empty() {
            break;
        }
    }
    let signed = if negative { -total } else { total };
    (total < i64::MAX as f64).then_some(signed.round() as i64)
}

const UNITS: &[(&str, f64)] = &[
    ("ns", 1.0),
    ("us", 1e3),
    ("µs", 1e3),
    ("μs", 1e3),
    ("ms", 1e6),
    ("s", 1e9),
    ("m", 6e10),
    ("h", 3.6e12),
];

/// Absolute, or an absolute path: what Go's `url.ParseRequestURI` takes.
fn uri(text: &str) -> bool {
    let plain = !text.is_empty() && text.chars().all(|c| !c.is_control() && c != ' ');
    let scheme = text.split_once(':').is_some_and(|(scheme, rest)| {
        let first = scheme
            .bytes()
            .next()
            .is_some_and(|byte| byte.is_ascii_alphabetic());
        let word = |byte: u8| byte.is_ascii_alphanumeric() || b"+-.".contains(&byte);
        first && scheme.bytes().all(word) && !rest.is_empty()
    });
    plain && (text.starts_with('/') || scheme)
}

fn email(text: &str) -> bool {
    let parts = text.rsplit_once('@');
    parts.is_some_and(|(local, host)| {
        let plain = !local.contains(|c: char| c.is_whitespace() || c.is_control() || c == '@');
        !local.is_empty() && plain && !host.is_empty() && !host.contains(char::is_whitespace)
    })
}

fn hostname(text: &str) -> bool {
    let label = |label: &str| {
        let word = label
            .bytes()
            .all(|byte| byte.is_ascii_alphanumeric() || byte == b'-');
        word && (1..=63).contains(&label.len()) && !label.starts_with('-') && !label.ends_with('-')
    };
    text.len() <= 255 && text.split('.').all(label)
}

fn cidr(text: &str) -> bool {
    text.split_once('/').is_some_and(|(address, bits)| {
        let longest = match address.parse::<std::net::IpAddr>() {
            Ok(std::net::IpAddr::V4(_)) => 32,
            Ok(std::net::IpAddr::V6(_)) => 128,
            Err(_) => return false,
        };
        let plain = bits == "0" || !bits.starts_with('0');
        plain && number(bits).is_some_and(|bits| bits <= longest)
    })
}

fn mac(text: &str) -> bool {
    let hex = |part: &str, length: usize| {
        part.len() == length && part.bytes().all(|byte| byte.is_ascii_hexdigit())
    };
    [(':', 2), ('-', 2), ('.', 4)]
        .iter()
        .any(|(separator, length)| {
            let parts: Vec<&str> = text.split(*separator).collect();
            let bytes = parts.len() * length / 2;
            matches!(bytes, 6 | 8 | 20) && parts.iter().all(|part| hex(part, *length))
        })
}

/// With or without dashes.
fn uuid(text: &str) -> bool {
    let lengths = [8, 4, 4, 4, 12];
    let hex = |part: &str| part.bytes().all(|byte| byte.is_ascii_hexdigit());
    let parts: Vec<&str> = text.split('-').collect();
    let dashed =
        parts.iter().map(|part| part.len()).eq(lengths) && parts.iter().all(|part| hex(part));
    dashed || (text.len() == 32 && hex(text))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn quantities_are_read_as_kubernetes_reads_them() {
        for text in [
            "0", "500m", "1Gi", "-1", "+2.5k", ".5", "1.", "1e3", "1E-3", "12E",
        ] {
            assert!(quantity(text), "{text}");
        }
        for text in [
            "", "m", "1GB", "1 Gi", "1K", "1e", "e3", "1.2.3", "0x1", "1mi", "١",
        ] {
            assert!(!quantity(text), "{text}");
        }
    }

    #[test]
    fn durations_are_compared_in_nanoseconds() {
        let cases = [
            ("0", Some(0)),
            ("0s", Some(0)),
            ("1h30m", Some(5_400_000_000_000)),
            ("-1.5s", Some(-1_500_000_000)),
            ("", None),
            ("1", None),
            ("s", None),
            ("1d", None),
            ("300000000h", None),
        ];
        for (text, expected) in cases {
            assert_eq!(nanoseconds(text), expected, "{text}");
        }
    }

    #[test]
    fn formats_take_what_the_api_server_takes() {
        let cases = [
            (Format::DateTime, "2030-01-31T12:00:00Z", true),
            (Format::DateTime, "2030-01-31T12:00:00.5+02:00", true),
            (Format::DateTime, "2030-02-30T12:00:00Z", false),
            (Format::DateTime, "2030-01-31 12:00:00", false),
            (Format::DateTime, "2030-01-31T12:00:00", false),
            (Format::DateTime, "2030-01-31T12:00:0é", false),
            (Format::MicroTime, "2030-01-31T12:00:00.000001Z", true),
            (Format::MicroTime, "2030-01-31T12:00:00Z", false),
            (Format::Byte, "aGVsbG8=", true),
            (Format::Byte, "", true),
            (Format::Byte, "hello", false),
            (Format::Byte, "a=b=", false),
            (Format::Cidr, "10.0.0.0/8", true),
            (Format::Cidr, "10.0.0.0/33", false),
            (Format::Cidr, "::/0", true),
            (Format::Ipv4, "1.2.3.4", true),
            (Format::Ipv4, "1.2.3.04", false),
            (Format::Duration, "1h30m", true),
            (Format::Duration, "soon", false),
            (Format::Mac, "00:00:5e:00:53:01", true),
            (Format::Mac, "00:00:5e:00:53", false),
            (Format::Uuid, "123e4567-e89b-12d3-a456-426614174000", true),
            (Format::Uri, "https://example.com/a", true),
            (Format::Uri, "example", false),
            (Format::Hostname, "a.example.com", true),
            (Format::Hostname, "-a.example.com", false),
        ];
        for (format, text, expected) in cases {
            assert_eq!(format.takes(text), expected, "{format:?} {text}");
        }
    }
}
