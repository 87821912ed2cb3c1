//! What a scalar of the language may be, and how a text becomes one.

/// Which look of a scalar a field takes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Accepts {
    /// A string, or a plain decimal integer as it is written.
    Text,
    /// A whole number.
    Integer,
    /// `#true`, `#false`.
    Bool,
}

/// A scalar type as decoder, JSON Schema and reference page see it.
#[derive(Clone, Copy, Debug)]
pub struct ScalarShape {
    /// With its article: `a duration`.
    pub name: &'static str,
    /// As the user would write the text: `15m`.
    pub example: &'static str,
    /// For editors; empty where there is none. The parser is what counts.
    pub pattern: &'static str,
    pub accepts: Accepts,
    /// The words of an enumeration; else empty.
    pub words: &'static [&'static str],
    /// Says what is wrong with a text.
    pub check: fn(&str) -> Result<(), String>,
}

impl ScalarShape {
    /// The same with another example.
    pub const fn like(&self, example: &'static str) -> ScalarShape {
        ScalarShape { example, ..*self }
    }
}

/// A type with one parser for its text form.
pub trait Scalar: Sized {
    const SHAPE: ScalarShape;

    /// The error completes "`text` is not a duration: …".
    fn parse(text: &str) -> Result<Self, String>;
}

/// Declares text newtypes: `Name "a name" "cart" "^[a-z]…$" check_function;`.
macro_rules! texts {
    ($($(#[doc = $doc:literal])+ $type:ident $name:literal $example:literal $pattern:literal $check:expr;)*) => {
        $(
            $(#[doc = $doc])+
            #[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
            pub struct $type(pub Str);

            impl $type {
                pub fn as_str(&self) -> &str {
                    &self.0
                }
            }

            impl Scalar for $type {
                const SHAPE: ScalarShape = ScalarShape {
                    name: $name,
                    example: $example,
                    pattern: $pattern,
                    accepts: Accepts::Text,
                    words: &[],
                    check: $check,
                };

                fn parse(text: &str) -> Result<$type, String> {
                    let check: fn(&str) -> Result<(), String> = $check;
                    check(text).map(|()| $type(text.into()))
                }
            }
        )*
    };
}
pub(crate) use texts;

/// Declares enumerations: `Tier "a tier" { Critical "critical", … }`.
macro_rules! words {
    ($($(#[doc = $doc:literal])+ $type:ident $name:literal { $($variant:ident $word:literal),+ $(,)? })*) => {
        $(
            $(#[doc = $doc])+
            #[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
            pub enum $type { $($variant),+ }

            impl $type {
                pub fn as_str(self) -> &'static str {
                    match self { $($type::$variant => $word),+ }
                }
            }

            impl Scalar for $type {
                const SHAPE: ScalarShape = ScalarShape {
                    name: $name,
                    example: [$($word),+][0],
                    pattern: "",
                    accepts: Accepts::Text,
                    words: &[$($word),+],
                    check: |text| $type::parse(text).map(|_| ()),
                };

                fn parse(text: &str) -> Result<$type, String> {
                    match text {
                        $($word => Ok($type::$variant),)+
                        _ => Err(format!("expected {}", one_of(&[$($word),+]))),
                    }
                }
            }
        )*
    };
}
pub(crate) use words;

/// `a`, `b` or `c`, each in backticks.
pub fn one_of(words: &[&str]) -> String {
    let quoted: Vec<_> = words.iter().map(|word| format!("`{word}`")).collect();
    match quoted.split_last() {
        Some((last, rest)) if !rest.is_empty() => format!("{} or {last}", rest.join(", ")),
        Some((last, _)) => last.clone(),
        None => String::new(),
    }
}

impl Scalar for bool {
    const SHAPE: ScalarShape = ScalarShape {
        name: "a boolean",
        example: "true",
        pattern: "",
        accepts: Accepts::Bool,
        words: &[],
        check: |text| bool::parse(text).map(|_| ()),
    };

    fn parse(text: &str) -> Result<bool, String> {
        match text {
            "true" | "#true" => Ok(true),
            "false" | "#false" => Ok(false),
            _ => Err("expected true or false".into()),
        }
    }
}

/// Declares whole numbers: `Port "a port" "8080" 1..=65535;`.
macro_rules! integers {
    ($($(#[doc = $doc:literal])+ $type:ident($inner:ty) $name:literal $example:literal $range:expr;)*) => {
        $(
            $(#[doc = $doc])+
            #[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
            pub struct $type(pub $inner);

            impl Scalar for $type {
                const SHAPE: ScalarShape = ScalarShape {
                    name: $name,
                    example: $example,
                    pattern: "",
                    accepts: Accepts::Integer,
                    words: &[],
                    check: |text| $type::parse(text).map(|_| ()),
                };

                fn parse(text: &str) -> Result<$type, String> {
                    let (min, max) = ($range.start(), $range.end());
                    let number = plain_integer(text).filter(|number| $range.contains(number));
                    let number = number.and_then(|number| <$inner>::try_from(number).ok());
                    number.map($type).ok_or_else(|| format!("expected a whole number from {min} to {max}"))
                }
            }
        )*
    };
}
pub(crate) use integers;

/// A decimal integer without sign, leading zeros or underscores.
pub fn plain_integer(text: &str) -> Option<i64> {
    let digits = text.bytes().all(|byte| byte.is_ascii_digit());
    let leading_zero = text.len() > 1 && text.starts_with('0');
    if text.is_empty() || !digits || leading_zero {
        None
    } else {
        text.parse().ok()
    }
}
