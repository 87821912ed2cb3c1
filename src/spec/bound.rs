//! What a measured value is held against, where it has no unit of its own, and where it is found.

use super::scalar::{Accepts, Scalar, ScalarShape, texts};
use super::unit::{Comparison, Percent, decimal, ratio_text};
use crate::value::Str;

/// `>=5%`: a share that must not fall below a bound.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct ShareFloor {
    pub comparison: Comparison,
    pub bound: Percent,
}

impl Scalar for ShareFloor {
    const SHAPE: ScalarShape = ScalarShape {
        name: "a lower bound for a share",
        example: ">=5%",
        pattern: "^>=? ?[0-9.]+%$",
        accepts: Accepts::Text,
        words: &[],
        check: |text| ShareFloor::parse(text).map(|_| ()),
    };

    fn parse(text: &str) -> Result<ShareFloor, String> {
        match Comparison::split(text) {
            Some((comparison @ (Comparison::Greater | Comparison::GreaterOrEqual), rest)) => {
                let bound = Percent::parse(rest)?;
                Ok(ShareFloor { comparison, bound })
            }
            _ => Err("expected `>` or `>=` and a percentage".into()),
        }
    }
}

/// `>=97%`, `<0.5`, `<=120% of stable`: a bound for a value of one's own.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Bound {
    pub comparison: Comparison,
    /// In millionths; a percent is ten thousand of them.
    pub millionths: u64,
    /// Whether it is a share of what the stable version has.
    pub of_stable: bool,
}

impl Bound {
    /// The number as a decimal: `0.97`.
    pub fn number(self) -> String {
        ratio_text(self.millionths, 1_000_000)
    }
}

impl Scalar for Bound {
    const SHAPE: ScalarShape = ScalarShape {
        name: "a bound",
        example: ">=97%",
        pattern: "^[<>]=? ?[0-9.]+%?( +of stable)?$",
        accepts: Accepts::Text,
        words: &[],
        check: |text| Bound::parse(text).map(|_| ()),
    };

    fn parse(text: &str) -> Result<Bound, String> {
        let wrong = || {
            "expected `<`, `<=`, `>` or `>=`, and a number or percentage, perhaps `of stable`"
                .to_string()
        };
        let (text, of_stable) = match text.strip_suffix("of stable") {
            Some(rest) => (rest.trim_end(), true),
            None => (text, false),
        };
        let (comparison, number) = Comparison::split(text).ok_or_else(wrong)?;
        let millionths = match number.strip_suffix('%') {
            Some(percent) => decimal(percent, 4),
            None => decimal(number, 6),
        };
        Ok(Bound {
            comparison,
            millionths: millionths.ok_or_else(wrong)?,
            of_stable,
        })
    }
}

texts! {
    /// A field of a JSON object: names joined by dots.
    JsonField "a field of JSON" "checks.database" "^[A-Za-z_][A-Za-z0-9_-]*([.][A-Za-z_][A-Za-z0-9_-]*)*$" json_field;
}

/// Names joined by dots.
fn json_field(text: &str) -> Result<(), String> {
    let is_name = |name: &str| {
        name.starts_with(|c: char| c.is_ascii_alphabetic() || c == '_')
            && name
                .bytes()
                .all(|b| b.is_ascii_alphanumeric() || b == b'_' || b == b'-')
    };
    match text.len() <= 200 && text.split('.').all(is_name) {
        true => Ok(()),
        false => Err("expected names of letters, digits, `_` and `-`, joined by dots".into()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn bounds_are_numbers_percentages_and_shares_of_stable() {
        for (text, sign, number, of_stable) in [
            (">=97%", ">=", "0.97", false),
            ("<0.5", "<", "0.5", false),
            ("> 12", ">", "12", false),
            ("<=120% of stable", "<=", "1.2", true),
            ("<1.5 of stable", "<", "1.5", true),
        ] {
            let bound = Bound::parse(text).expect(text);
            let got = (bound.comparison.as_str(), bound.number(), bound.of_stable);
            assert_eq!(got, (sign, number.to_string(), of_stable), "{text}");
        }
        for wrong in ["", "97%", "=1", ">-1", ">1e3", ">=", "> of stable", ">1%%"] {
            assert!(Bound::parse(wrong).is_err(), "{wrong}");
        }
        assert!(ShareFloor::parse(">=5%").is_ok());
        assert!(ShareFloor::parse("<5%").is_err());
    }
}
