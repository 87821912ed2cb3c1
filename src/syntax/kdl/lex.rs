//! Text to tokens, trivia included: laid end to end the tokens are the text.
//!
//! The lexer never fails and never allocates. What is wrong with a token (a string that is not
//! closed, a word that looks like a number) is for the reader to say.

/// What a token is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Kind {
    /// Whitespace without newlines.
    Space,
    /// One newline; CR LF is one.
    Newline,
    /// `//` up to the newline, which is not part of it.
    LineComment,
    /// `/* … */`, nested ones included; not closed where the file ends.
    BlockComment {
        closed: bool,
    },
    /// `\` outside of a string.
    Backslash,
    /// `/-`
    Slashdash,
    Semicolon,
    Open,
    Close,
    ParenOpen,
    ParenClose,
    Equals,
    /// A run of identifier characters that does not begin like a number.
    Word,
    /// A run of identifier characters that begins like a number.
    Number,
    /// `#` and the identifier characters behind it.
    Keyword,
    Text(Quotes),
    /// `/`, `[` or `]`: nothing begins with it.
    Stray,
    End,
}

/// How a string is written, other than as a bare word.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Quotes {
    /// `"""`
    pub multi_line: bool,
    /// The number of `#` on either side; escapes have no meaning between them.
    pub hashes: u32,
    /// Otherwise the token ends at the newline or at the end of the file.
    pub closed: bool,
}

impl Quotes {
    /// The length of the opening delimiter, in bytes; the closing one has the same.
    pub fn width(self) -> usize {
        self.hashes as usize + if self.multi_line { 3 } else { 1 }
    }
}

/// A token and its bytes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Token {
    pub kind: Kind,
    pub start: usize,
    pub end: usize,
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum Class {
    Ident,
    Space,
    Newline,
    Punctuation,
    /// The first byte of a longer character.
    Wide,
}

const CLASSES: [Class; 256] = classes();

const fn classes() -> [Class; 256] {
    let mut table = [Class::Ident; 256];
    let mut at = 0;
    while at < 256 {
        table[at] = match at as u8 {
            b' ' | b'\t' => Class::Space,
            b'\n' | b'\r' | 0x0b | 0x0c => Class::Newline,
            b'\\' | b'/' | b'(' | b')' | b'{' | b'}' | b';' | b'[' | b']' | b'"' | b'#' | b'=' => {
                Class::Punctuation
            }
            0x80.. => Class::Wide,
            _ => Class::Ident,
        };
        at += 1;
    }
    table
}

/// Bytes at which reading a string in quotes stops to look: delimiters, escapes, and what a newline
/// may begin with.
const IN_QUOTES: [bool; 256] = stops(b"\"\\");
/// The same for text that ends at a newline alone.
const IN_LINE: [bool; 256] = stops(b"");

const fn stops(more: &[u8]) -> [bool; 256] {
    let mut table = [false; 256];
    let mut at = 0;
    while at < 256 {
        // U+0085, U+2028 and U+2029 begin with 0xc2 and 0xe2.
        table[at] = matches!(CLASSES[at], Class::Newline) || at == 0xc2 || at == 0xe2;
        at += 1;
    }
    let mut at = 0;
    while at < more.len() {
        table[more[at] as usize] = true;
        at += 1;
    }
    table
}

/// The whitespace of KDL that is no newline.
pub fn is_space(c: char) -> bool {
    matches!(
        c,
        ' ' | '\t' | '\u{a0}' | '\u{1680}' | '\u{2000}'
            ..='\u{200a}' | '\u{202f}' | '\u{205f}' | '\u{3000}'
    )
}

/// The newline characters of KDL.
pub fn is_newline(c: char) -> bool {
    matches!(
        c,
        '\n' | '\r' | '\u{b}' | '\u{c}' | '\u{85}' | '\u{2028}' | '\u{2029}'
    )
}

/// Whether a run of identifier characters is read as a number: a digit, behind a sign or not, or
/// a point and a digit.
pub fn looks_like_number(word: &str) -> bool {
    let word = word.strip_prefix(['+', '-']).unwrap_or(word);
    let word = word.strip_prefix('.').unwrap_or(word);
    word.starts_with(|c: char| c.is_ascii_digit())
}

/// Reads one token after the other.
#[derive(Clone, Debug)]
pub struct Lexer<'a> {
    text: &'a str,
    at: usize,
}

impl<'a> Lexer<'a> {
    /// Starts behind a byte order mark, if there is one.
    pub fn new(text: &'a str) -> Lexer<'a> {
        let at = if text.starts_with('\u{feff}') { 3 } else { 0 };
        Lexer { text, at }
    }

    /// Goes on at `at`, which must be a character boundary.
    pub fn seek(&mut self, at: usize) {
        self.at = at;
    }

    /// The next token; at the end of the text [`Kind::End`], again and again.
    pub fn next_token(&mut self) -> Token {
        let start = self.at;
        let (kind, end) = match self.class(start) {
            None => (Kind::End, start),
            Some(Class::Ident) => self.word(start),
            Some(Class::Space) => (Kind::Space, self.skip(start, Class::Space)),
            Some(Class::Newline) => (Kind::Newline, self.newline(start)),
            Some(_) => self.punctuation(start),
        };
        self.at = end;
        Token { kind, start, end }
    }

    fn byte(&self, at: usize) -> Option<u8> {
        self.text.as_bytes().get(at).copied()
    }

    fn char(&self, at: usize) -> Option<char> {
        self.text.get(at..)?.chars().next()
    }

    fn class(&self, at: usize) -> Option<Class> {
        match CLASSES[self.byte(at)? as usize] {
            Class::Wide => match self.char(at)? {
                c if is_space(c) => Some(Class::Space),
                c if is_newline(c) => Some(Class::Newline),
                _ => Some(Class::Ident),
            },
            class => Some(class),
        }
    }

    /// The end of the character at `at`.
    fn after(&self, at: usize) -> usize {
        match self.byte(at) {
            Some(0x80..) => at + self.char(at).map_or(1, char::len_utf8),
            Some(_) => at + 1,
            None => at,
        }
    }

    /// Behind the run of characters of one class.
    fn skip(&self, mut at: usize, class: Class) -> usize {
        let bytes = self.text.as_bytes();
        loop {
            while bytes.get(at).is_some_and(|b| CLASSES[*b as usize] == class) {
                at += 1;
            }
            if self.byte(at).is_none_or(|b| b < 0x80) || self.class(at) != Some(class) {
                return at;
            }
            at = self.after(at);
        }
    }

    fn newline(&self, at: usize) -> usize {
        match (self.byte(at), self.byte(at + 1)) {
            (Some(b'\r'), Some(b'\n')) => at + 2,
            _ => self.after(at),
        }
    }

    fn word(&self, start: usize) -> (Kind, usize) {
        let end = self.skip(start, Class::Ident);
        let kind = match looks_like_number(&self.text[start..end]) {
            true => Kind::Number,
            false => Kind::Word,
        };
        (kind, end)
    }

    fn punctuation(&self, start: usize) -> (Kind, usize) {
        let kind = match self.byte(start) {
            Some(b'"') => return self.quoted(start),
            Some(b'#') => return self.hash(start),
            Some(b'/') => return self.slash(start),
            Some(b'=') => Kind::Equals,
            Some(b'{') => Kind::Open,
            Some(b'}') => Kind::Close,
            Some(b';') => Kind::Semicolon,
            Some(b'(') => Kind::ParenOpen,
            Some(b')') => Kind::ParenClose,
            Some(b'\\') => Kind::Backslash,
            _ => Kind::Stray,
        };
        (kind, start + 1)
    }

    fn slash(&self, start: usize) -> (Kind, usize) {
        match self.byte(start + 1) {
            Some(b'/') => (Kind::LineComment, self.line_end(start)),
            Some(b'-') => (Kind::Slashdash, start + 2),
            Some(b'*') => self.block_comment(start),
            _ => (Kind::Stray, start + 1),
        }
    }

    /// The place of the next newline, or the end of the text.
    pub fn line_end(&self, at: usize) -> usize {
        let mut at = self.stop(at, &IN_LINE);
        while self.class(at).is_some_and(|class| class != Class::Newline) {
            at = self.stop(self.after(at), &IN_LINE);
        }
        at
    }

    /// The place of the next byte that the table names, or the end of the text.
    fn stop(&self, at: usize, table: &[bool; 256]) -> usize {
        let bytes = self.text.as_bytes();
        let rest = bytes.get(at..).unwrap_or(&[]);
        let length = rest.iter().position(|byte| table[*byte as usize]);
        length.map_or(bytes.len(), |length| at + length)
    }

    fn block_comment(&self, start: usize) -> (Kind, usize) {
        let (mut at, mut depth) = (start + 2, 1_usize);
        while let Some(byte) = self.byte(at) {
            match (byte, self.byte(at + 1)) {
                (b'/', Some(b'*')) => (at, depth) = (at + 2, depth + 1),
                (b'*', Some(b'/')) => (at, depth) = (at + 2, depth - 1),
                _ => at += 1,
            }
            if depth == 0 {
                return (Kind::BlockComment { closed: true }, at);
            }
        }
        (Kind::BlockComment { closed: false }, at)
    }

    fn quoted(&self, start: usize) -> (Kind, usize) {
        let multi_line = self.text[start..].starts_with("\"\"\"");
        let mut quotes = Quotes {
            multi_line,
            hashes: 0,
            closed: true,
        };
        let mut at = self.stop(start + quotes.width(), &IN_QUOTES);
        while let Some(byte) = self.byte(at) {
            match byte {
                b'"' if !multi_line => return (Kind::Text(quotes), at + 1),
                b'"' if self.text[at..].starts_with("\"\"\"") => {
                    return (Kind::Text(quotes), at + 3);
                }
                b'\\' => at = self.escape(at),
                _ if !multi_line && self.class(at) == Some(Class::Newline) => break,
                _ => at = self.after(at),
            }
            at = self.stop(at, &IN_QUOTES);
        }
        quotes.closed = false;
        (Kind::Text(quotes), at)
    }

    /// Behind a backslash and what it escapes: one character, or all whitespace.
    fn escape(&self, at: usize) -> usize {
        let mut end = at + 1;
        while matches!(self.class(end), Some(Class::Space | Class::Newline)) {
            end = self.after(end);
        }
        match end == at + 1 {
            true => self.after(end),
            false => end,
        }
    }

    /// A raw string, or a keyword.
    fn hash(&self, start: usize) -> (Kind, usize) {
        let hashes = self.hashes(start);
        let open = start + hashes;
        if self.byte(open) != Some(b'"') {
            return (Kind::Keyword, self.skip(open, Class::Ident));
        }
        let multi_line = self.text[open..].starts_with("\"\"\"");
        let mut quotes = Quotes {
            multi_line,
            hashes: hashes as u32,
            closed: true,
        };
        let mut at = start + quotes.width();
        while let Some(byte) = self.byte(at) {
            if byte == b'"' && self.closes(at, quotes) {
                return (Kind::Text(quotes), at + quotes.width());
            }
            if !multi_line && self.class(at) == Some(Class::Newline) {
                break;
            }
            at = self.after(at);
        }
        quotes.closed = false;
        (Kind::Text(quotes), at)
    }

    fn closes(&self, at: usize, quotes: Quotes) -> bool {
        let hashes = quotes.hashes as usize;
        let behind = at + quotes.width() - hashes;
        (!quotes.multi_line || self.text[at..].starts_with("\"\"\""))
            && self.byte(behind) == Some(b'#')
            && self.hashes_up_to(behind, hashes) == hashes
    }

    fn hashes(&self, at: usize) -> usize {
        self.hashes_up_to(at, usize::MAX)
    }

    fn hashes_up_to(&self, at: usize, most: usize) -> usize {
        let rest = &self.text.as_bytes()[at..];
        rest.iter().take(most).take_while(|b| **b == b'#').count()
    }
}
