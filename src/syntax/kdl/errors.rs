//! What the reader can have against a text, and the list where it collects it.

use crate::diagnostic::{Diagnostic, Diagnostics};
use crate::source::{FileId, Span};

/// Findings in one file, after which reading ends: a broken file must not fill the memory.
pub const MAX_FINDINGS: usize = 100;

crate::codes! {
    /// Something stands where KDL allows nothing of the kind: a block without a node before it, a
    /// `=` without a name, a list in brackets.
    ///
    /// A node is a name, its arguments, its properties and at most one block, on one line:
    /// ```kdl
    /// rollout canary preset="enterprise" { steps 5 25 100; observe "15m" }
    /// ```
    UNEXPECTED = "kdl-unexpected": "something that cannot stand in this place";

    /// A value without quotes holds characters that have a meaning of their own, or begins like a
    /// number and is none. KDL would read only a part of it, or nothing.
    ///
    /// Write it in quotes: not `cpu=500m` but `cpu="500m"`, not `live /livez` but `live "/livez"`.
    UNQUOTED = "kdl-unquoted": "a value that must stand in quotes";

    /// `true`, `false`, `null`, `inf` and `nan` are reserved: KDL 2 writes the values as `#true`,
    /// `#false` and `#null`, and forbids the bare words so that nobody takes one for the other.
    ///
    /// Write `tls #true` for the boolean and `name "true"` for the text.
    BARE_KEYWORD = "kdl-bare-keyword": "a reserved word without `#` or quotes";

    /// After `#` come the values `#true`, `#false` and `#null`, or the quotes of a raw string as
    /// in `#"\d+"#`. There are no others, and comments begin with `//`.
    UNKNOWN_KEYWORD = "kdl-unknown-keyword": "a word after `#` that KDL does not have";

    /// The text is KDL 1, whose raw strings and escapes differ. The spec is written in KDL 2.
    ///
    /// `r"\d+"` is now `#"\d+"#`, `true` is `#true`, and a text over several lines stands in `"""`.
    VERSION_ONE = "kdl-version-one": "the syntax of KDL 1";

    /// `(type)value` is KDL, but here the field decides how a value is read, never the value
    /// itself. An annotation would be ignored, so it is refused.
    ///
    /// Remove it: not `memory=(quantity)"512Mi"` but `memory="512Mi"`.
    TYPE_ANNOTATION = "kdl-type-annotation": "a type annotation, which the language does not have";

    /// `#inf`, `#-inf` and `#nan` are KDL, but no field has a use for a number that is none.
    /// Leave the field out where there is to be no limit.
    NOT_FINITE = "kdl-not-finite": "a number that is not finite";

    /// Arguments come first, then properties. KDL allows them mixed, and a reader then overlooks
    /// the late ones.
    ///
    /// Not `traffic gateway="edge/public" "edge"` but `traffic "edge" gateway="edge/public"`.
    LATE_ARGUMENT = "kdl-late-argument": "an argument after a property";

    /// One node gives a property twice, as in `size cpu="1" cpu="2"`. KDL would silently take the
    /// last one, and nobody would notice that the first has no effect.
    ///
    /// Remove one of the two.
    PROPERTY_TWICE = "kdl-property-twice": "a property that is given twice";

    /// A node ends with its block: nothing but a newline or `;` comes after it.
    ///
    /// Put arguments and properties before the block: `size cpu="500m" { replicas min=3 }`.
    AFTER_BLOCK = "kdl-after-block": "something behind the block of a node";

    /// Blocks are nested deeper than 64 levels. No spec needs a tenth of that; the limit protects
    /// the programs that read it.
    TOO_DEEP = "kdl-too-deep": "blocks that are nested too deep";

    /// A string has no closing quotes. In simple quotes it must end on its own line.
    ///
    /// A text over several lines stands between `"""`, each on a line of its own:
    /// ```kdl
    /// description """
    ///     one line
    ///     another
    ///     """
    /// ```
    UNCLOSED_STRING = "kdl-unclosed-string": "a string without closing quotes";

    /// A `/*` has no `*/`, so that the rest of the file is a comment. Comments nest: each `/*`
    /// inside needs its own `*/`. A value that holds `/*`, such as a path, must stand in quotes.
    UNCLOSED_COMMENT = "kdl-unclosed-comment": "a comment without an end";

    /// A block has no closing `}`. Where the indentation tells which one it is, the message points
    /// at that block; else it is the innermost one that is open at the end.
    UNCLOSED_BLOCK = "kdl-unclosed-block": "a block without a closing brace";

    /// A `}` closes nothing: there is one too many, or a `{` is missing before it. Nodes around it
    /// may then belong to another block than it seems, so repair this first.
    STRAY_BRACE = "kdl-stray-brace": "a closing brace without a block";

    /// A backslash in a string is followed by something that is no escape. KDL knows
    /// `\n \r \t \\ \" \b \f \s`, `\u{1F600}`, and a backslash before whitespace, which drops it.
    ///
    /// Write `\\` for a backslash, or a raw string: `query #"a\d+"#`.
    ESCAPE = "kdl-escape": "an escape that KDL does not have";

    /// A string between `"""` begins with a newline, ends with `"""` on a line of its own, and
    /// every line in between starts with the whitespace before those closing quotes, which is
    /// then taken away.
    /// Indent every line at least as far as the closing quotes.
    MULTI_LINE_STRING = "kdl-multi-line-string": "a multi-line string of the wrong form";

    /// Two values touch each other. A space, and no comma, must stand between them: not
    /// `"a""b"`, nor `"a", "b"`, but `approvers "a" "b"`.
    MISSING_SPACE = "kdl-missing-space": "two values without a space between them";

    /// KDL forbids this character everywhere, comments included: control characters, and those
    /// that turn the direction of writing and so make a text look like another.
    ///
    /// Remove it. In a quoted string an escape can stand for it, as in `"\u{7}"`; only NUL is
    /// refused even so, since nothing in Kubernetes takes it.
    FORBIDDEN_CHARACTER = "kdl-forbidden-character": "a character that must not stand in a spec";

    /// Characters of Unicode's private use areas (U+E000 to U+F8FF, and the planes from U+F0000)
    /// mark the places of values while templates are rendered, so no input may hold them. They
    /// have no meaning of their own and often come with text that is copied from an icon font.
    MARKER_CHARACTER = "kdl-marker-character": "a private use character";

    /// After a hundred findings in one file the rest of it is not read: later ones tend to follow
    /// from earlier ones.
    /// Mend the first ones and run again.
    TOO_MANY = "kdl-too-many-findings": "a file with more findings than are worth showing";
}

/// The findings of one file.
#[derive(Debug)]
pub struct Errors {
    pub file: FileId,
    list: Vec<Diagnostic>,
    /// Nodes are missing or misread, so that the tree would lead to findings that are not true.
    pub misleading: bool,
    /// Reading must end.
    pub fatal: bool,
}

impl Errors {
    pub fn new(file: FileId) -> Errors {
        Errors {
            file,
            list: Vec::new(),
            misleading: false,
            fatal: false,
        }
    }

    pub fn push(&mut self, error: Diagnostic) {
        if self.list.len() < MAX_FINDINGS {
            return self.list.push(error);
        }
        if self.list.len() == MAX_FINDINGS {
            let message = format!("this file has more than {MAX_FINDINGS} errors in its syntax");
            let mut last = Diagnostic::error(TOO_MANY, message)
                .help("repair those above first, then look again");
            last.labels = error.labels.into_iter().take(1).collect();
            self.list.push(last);
        }
        (self.misleading, self.fatal) = (true, true);
    }

    pub fn span(&self, start: usize, end: usize) -> Span {
        Span::new(self.file, start, end)
    }

    /// Hands over what was found.
    pub fn report(self, diags: &mut Diagnostics) {
        diags.extend(self.list);
    }
}

/// The first characters of what the user wrote, for use in a message.
pub fn excerpt(text: &str) -> String {
    const MOST: usize = 60;
    let visible = |c: char| match c.is_control() {
        true => char::REPLACEMENT_CHARACTER,
        false => c,
    };
    let mut short: String = text.chars().take(MOST).map(visible).collect();
    if text.chars().nth(MOST).is_some() {
        short.push('…');
    }
    short
}
