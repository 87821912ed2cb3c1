//! Units: one newtype and one parser each.

use super::scalar::{Accepts, Scalar, ScalarShape};

macro_rules! shape {
    ($type:ident, $name:literal, $example:literal, $pattern:literal) => {
        const SHAPE: ScalarShape = ScalarShape {
            name: $name,
            example: $example,
            pattern: $pattern,
            accepts: Accepts::Text,
            words: &[],
            check: |text| <$type as Scalar>::parse(text).map(|_| ()),
        };
    };
}

/// Splits `900rps` into number and unit.
fn split_unit(text: &str) -> (&str, &str) {
    let at = text
        .find(|c: char| !c.is_ascii_digit() && c != '.')
        .unwrap_or(text.len());
    text.split_at(at)
}

/// A decimal such as `99.95` in units of 10⁻`digits`; more digits are refused.
pub(super) fn decimal(text: &str, digits: u32) -> Option<u64> {
    let (whole, fraction) = text.split_once('.').unwrap_or((text, ""));
    let all_digits = |part: &str| part.bytes().all(|byte| byte.is_ascii_digit());
    let lengths = !whole.is_empty() && whole.len() <= 12 && fraction.len() <= digits as usize;
    if !lengths || !all_digits(whole) || !all_digits(fraction) || text.ends_with('.') {
        return None;
    }
    let scale = 10u64.pow(digits);
    let padded = format!("{fraction:0<width$}", width = digits as usize);
    let fraction = if digits == 0 {
        0
    } else {
        padded.parse::<u64>().ok()?
    };
    whole
        .parse::<u64>()
        .ok()?
        .checked_mul(scale)?
        .checked_add(fraction)
}

/// A length of time in milliseconds.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Duration(pub u64);

impl Duration {
    pub const fn seconds(seconds: u64) -> Duration {
        Duration(seconds * 1000)
    }

    /// Rounded up.
    pub fn as_seconds(self) -> u64 {
        self.0.div_ceil(1000)
    }
}

impl Scalar for Duration {
    shape!(
        Duration,
        "a duration",
        "15m",
        "^([0-9]+(\\.[0-9]+)?(ms|s|m|h|d))+$"
    );

    fn parse(text: &str) -> Result<Duration, String> {
        let wrong = || "expected a number and a unit (`ms`, `s`, `m`, `h`, `d`)".to_string();
        let (mut rest, mut total, mut smallest) = (text, 0u64, u64::MAX);
        while !rest.is_empty() || total == 0 && smallest == u64::MAX {
            let (number, tail) = split_unit(rest);
            let end = tail
                .find(|c: char| c.is_ascii_digit())
                .unwrap_or(tail.len());
            let (unit, tail) = tail.split_at(end);
            let factor = match unit {
                "ms" => 1,
                "s" => 1000,
                "m" => 60_000,
                "h" => 3_600_000,
                "d" => 86_400_000,
                _ => return Err(wrong()),
            };
            if factor >= smallest {
                return Err("units go from large to small, each once, as in `1h30m`".into());
            }
            let thousandths = decimal(number, 3).ok_or_else(wrong)?;
            let part = thousandths.checked_mul(factor).ok_or_else(wrong)?;
            if part % 1000 != 0 {
                return Err("fractions of a millisecond cannot be kept".into());
            }
            total = total.checked_add(part / 1000).ok_or_else(wrong)?;
            (rest, smallest) = (tail, factor);
        }
        if total > 100 * 366 * 86_400_000 {
            return Err("longer than a century".into());
        }
        Ok(Duration(total))
    }
}

/// As Go's `time.ParseDuration` reads it: `1h30m`, `90s`, `1500ms`. The largest exact units.
impl std::fmt::Display for Duration {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let Duration(millis) = *self;
        match millis {
            0 => write!(f, "0s"),
            _ if !millis.is_multiple_of(1000) => write!(f, "{millis}ms"),
            _ if millis.is_multiple_of(3_600_000) => write!(f, "{}h", millis / 3_600_000),
            _ if millis.is_multiple_of(60_000) && millis < 3_600_000 => {
                write!(f, "{}m", millis / 60_000)
            }
            _ if millis.is_multiple_of(60_000) => {
                write!(f, "{}h{}m", millis / 3_600_000, millis / 60_000 % 60)
            }
            _ => write!(f, "{}s", millis / 1000),
        }
    }
}

/// A share in parts per million: `99.95%` is 999,500.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Percent(pub u32);

impl Scalar for Percent {
    shape!(
        Percent,
        "a percentage",
        "99.9%",
        "^[0-9]{1,3}(\\.[0-9]{1,4})?%$"
    );

    fn parse(text: &str) -> Result<Percent, String> {
        let number = text.strip_suffix('%').ok_or("expected a number and `%`")?;
        let ppm =
            decimal(number, 4).ok_or("expected a number with at most four decimals and `%`")?;
        match u32::try_from(ppm) {
            Ok(ppm) if ppm <= 1_000_000 => Ok(Percent(ppm)),
            _ => Err("expected at most `100%`".into()),
        }
    }
}

impl std::fmt::Display for Percent {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "{}%", ratio_text(u64::from(self.0), 10_000))
    }
}

/// `numerator / denominator` as a decimal without trailing zeros; the denominator is a power of 10.
pub fn ratio_text(numerator: u64, denominator: u64) -> String {
    let (whole, rest) = (numerator / denominator, numerator % denominator);
    if rest == 0 {
        return whole.to_string();
    }
    let digits = denominator.ilog10() as usize;
    let fraction = format!("{rest:0digits$}");
    format!("{whole}.{}", fraction.trim_end_matches('0'))
}

/// Processor time in thousandths of a core.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Cpu(pub u64);

impl Scalar for Cpu {
    shape!(
        Cpu,
        "an amount of cpu",
        "500m",
        "^([0-9]+m|[0-9]+(\\.[0-9]{1,3})?)$"
    );

    fn parse(text: &str) -> Result<Cpu, String> {
        let millis = match text.strip_suffix('m') {
            Some(number) => decimal(number, 0),
            None => decimal(text, 3),
        };
        match millis {
            Some(millis @ 1..=1_000_000_000) => Ok(Cpu(millis)),
            Some(0) => Err("zero cpu cannot run anything".into()),
            _ => Err("expected cores (`2`, `0.5`) or thousandths of a core (`500m`)".into()),
        }
    }
}

/// As Kubernetes normalises it: `500m`, `2`.
impl std::fmt::Display for Cpu {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self.0 {
            millis if millis.is_multiple_of(1000) => write!(f, "{}", millis / 1000),
            millis => write!(f, "{millis}m"),
        }
    }
}

/// Memory or storage in bytes.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Memory(pub u64);

const MEMORY_UNITS: &[(&str, u64)] = &[
    ("Ti", 1 << 40),
    ("Gi", 1 << 30),
    ("Mi", 1 << 20),
    ("Ki", 1 << 10),
    ("T", 1_000_000_000_000),
    ("G", 1_000_000_000),
    ("M", 1_000_000),
    ("k", 1000),
];

impl Scalar for Memory {
    shape!(
        Memory,
        "an amount of memory",
        "512Mi",
        "^[0-9]+(\\.[0-9]{1,3})?([kMGT]|[KMGT]i)$"
    );

    fn parse(text: &str) -> Result<Memory, String> {
        let wrong = || "expected a number and a unit (`Mi`, `Gi`, `M`, `G` …)".to_string();
        let (number, unit) = split_unit(text);
        let factor = MEMORY_UNITS
            .iter()
            .find(|(name, _)| *name == unit)
            .ok_or_else(wrong)?
            .1;
        let thousandths = decimal(number, 3).ok_or_else(wrong)?;
        let bytes = u128::from(thousandths) * u128::from(factor) / 1000;
        match u64::try_from(bytes) {
            Ok(0) => Err("zero memory cannot hold anything".into()),
            Ok(bytes) if bytes < 1 << 60 => Ok(Memory(bytes)),
            _ => Err("larger than an exbibyte".into()),
        }
    }
}

/// With the largest unit that is exact, binary ones first.
impl std::fmt::Display for Memory {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match MEMORY_UNITS
            .iter()
            .find(|(_, factor)| self.0.is_multiple_of(*factor))
        {
            Some((unit, factor)) => write!(f, "{}{unit}", self.0 / factor),
            None => write!(f, "{}", self.0),
        }
    }
}

/// Request and limit: `100m..200m`, or one value for both.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Range<T> {
    pub request: T,
    /// `None` where one value is given.
    pub limit: Option<T>,
}

fn range<T: Scalar + PartialOrd>(text: &str) -> Result<Range<T>, String> {
    let Some((low, high)) = text.split_once("..") else {
        return Ok(Range {
            request: T::parse(text)?,
            limit: None,
        });
    };
    let (request, limit) = (T::parse(low)?, T::parse(high)?);
    if request > limit {
        return Err("the request is above the limit".into());
    }
    Ok(Range {
        request,
        limit: Some(limit),
    })
}

impl Scalar for Range<Cpu> {
    const SHAPE: ScalarShape = ScalarShape {
        name: "an amount or range of cpu",
        example: "100m..200m",
        accepts: Accepts::Text,
        pattern: "",
        words: &[],
        check: |text| range::<Cpu>(text).map(|_| ()),
    };

    fn parse(text: &str) -> Result<Range<Cpu>, String> {
        range(text)
    }
}

impl Scalar for Range<Memory> {
    const SHAPE: ScalarShape = ScalarShape {
        name: "an amount or range of memory",
        example: "64Mi..128Mi",
        accepts: Accepts::Text,
        pattern: "",
        words: &[],
        check: |text| range::<Memory>(text).map(|_| ()),
    };

    fn parse(text: &str) -> Result<Range<Memory>, String> {
        range(text)
    }
}

/// Requests in thousandths a second.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Rate(pub u64);

impl Scalar for Rate {
    shape!(
        Rate,
        "a rate of requests",
        "40rps",
        "^[0-9]+(\\.[0-9]{1,3})?rp[sm]$"
    );

    fn parse(text: &str) -> Result<Rate, String> {
        let wrong = || "expected requests per second (`40rps`) or minute (`90rpm`)".to_string();
        let (number, unit) = split_unit(text);
        let thousandths = decimal(number, 3).ok_or_else(wrong)?;
        match unit {
            "rps" => Ok(Rate(thousandths)),
            "rpm" => Ok(Rate(thousandths / 60)),
            _ => Err(wrong()),
        }
    }
}

/// How a measured value compares with its bound.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Comparison {
    Less,
    LessOrEqual,
    Greater,
    GreaterOrEqual,
}

impl Comparison {
    pub fn as_str(self) -> &'static str {
        match self {
            Comparison::Less => "<",
            Comparison::LessOrEqual => "<=",
            Comparison::Greater => ">",
            Comparison::GreaterOrEqual => ">=",
        }
    }

    pub(super) fn split(text: &str) -> Option<(Comparison, &str)> {
        let operators = [
            ("<=", Comparison::LessOrEqual),
            (">=", Comparison::GreaterOrEqual),
            ("<", Comparison::Less),
            (">", Comparison::Greater),
        ];
        operators
            .iter()
            .find_map(|(sign, op)| Some((*op, text.strip_prefix(sign)?.trim_start())))
    }
}

/// `<1%`: a share that must stay below a bound.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct ShareLimit {
    pub comparison: Comparison,
    pub bound: Percent,
}

impl Scalar for ShareLimit {
    shape!(
        ShareLimit,
        "an upper bound for a share",
        "<1%",
        "^<=? ?[0-9.]+%$"
    );

    fn parse(text: &str) -> Result<ShareLimit, String> {
        match Comparison::split(text) {
            Some((comparison @ (Comparison::Less | Comparison::LessOrEqual), rest)) => {
                Ok(ShareLimit {
                    comparison,
                    bound: Percent::parse(rest)?,
                })
            }
            _ => Err("expected `<` or `<=` and a percentage".into()),
        }
    }
}

/// `<500ms`: a time that must stay below a bound.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct TimeLimit {
    pub comparison: Comparison,
    pub bound: Duration,
}

impl Scalar for TimeLimit {
    shape!(
        TimeLimit,
        "an upper bound for a time",
        "<500ms",
        "^<=? ?[0-9.]+(ms|s|m)$"
    );

    fn parse(text: &str) -> Result<TimeLimit, String> {
        match Comparison::split(text) {
            Some((comparison @ (Comparison::Less | Comparison::LessOrEqual), rest)) => {
                Ok(TimeLimit {
                    comparison,
                    bound: Duration::parse(rest)?,
                })
            }
            _ => Err("expected `<` or `<=` and a duration".into()),
        }
    }
}

/// `>95% of stable`: a share of what the stable version does.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct StableShare {
    pub comparison: Comparison,
    pub bound: Percent,
}

impl Scalar for StableShare {
    shape!(
        StableShare,
        "a lower bound against the stable version",
        ">95% of stable",
        ""
    );

    fn parse(text: &str) -> Result<StableShare, String> {
        let bound = text
            .strip_suffix("of stable")
            .map(str::trim_end)
            .and_then(Comparison::split);
        match bound {
            Some((comparison @ (Comparison::Greater | Comparison::GreaterOrEqual), rest)) => {
                Ok(StableShare {
                    comparison,
                    bound: Percent::parse(rest)?,
                })
            }
            _ => Err("expected `>` or `>=`, a percentage and `of stable`".into()),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn durations_are_read_and_written_in_the_largest_exact_unit() {
        for (text, written) in [
            ("90s", "90s"),
            ("15m", "15m"),
            ("1h30m", "1h30m"),
            ("60s", "1m"),
            ("30d", "720h"),
            ("1.5s", "1500ms"),
            ("0s", "0s"),
        ] {
            assert_eq!(
                Duration::parse(text).map(|d| d.to_string()),
                Ok(written.to_string())
            );
        }
        for wrong in [
            "", "5", "s", "1m1h", "1 m", "-5s", "1e3s", "0.0001ms", "1m1m",
        ] {
            assert!(Duration::parse(wrong).is_err(), "{wrong}");
        }
    }

    #[test]
    fn quantities_are_normalised_as_kubernetes_does() {
        assert_eq!(Cpu::parse("0.5").map(|c| c.to_string()), Ok("500m".into()));
        assert_eq!(Cpu::parse("2000m").map(|c| c.to_string()), Ok("2".into()));
        assert_eq!(
            Memory::parse("1024Mi").map(|m| m.to_string()),
            Ok("1Gi".into())
        );
        assert_eq!(
            Memory::parse("0.5Gi").map(|m| m.to_string()),
            Ok("512Mi".into())
        );
        assert!(Memory::parse("512").is_err());
        assert!(Range::<Cpu>::parse("200m..100m").is_err());
    }

    #[test]
    fn comparisons_have_one_direction() {
        assert!(ShareLimit::parse("<1%").is_ok());
        assert!(ShareLimit::parse(">1%").is_err());
        assert!(StableShare::parse(">95% of stable").is_ok());
        assert!(StableShare::parse(">95%").is_err());
        assert_eq!(
            Percent::parse("99.95%").map(|p| p.to_string()),
            Ok("99.95%".into())
        );
        assert!(Percent::parse("101%").is_err());
    }
}
