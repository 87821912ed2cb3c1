//! Where things really start and end: the parser's marks are those of its tokens.

use crate::source::Span;

/// From bracket to bracket, or from the first part to the end of the last one. `open` and `end`
/// are where the parser saw the collection begin and end.
pub(super) fn collection(text: &str, open: Span, end: Span, parts: Option<(Span, Span)>) -> Span {
    let byte = |at: u32| text.as_bytes().get(at as usize);
    match (byte(open.start), byte(end.start), parts) {
        (Some(b'['), Some(b']'), _) | (Some(b'{'), Some(b'}'), _) => open.to(end),
        (_, _, Some((first, last))) => Span {
            start: first.start,
            end: last.end.max(first.start),
            ..open
        },
        _ => open,
    }
}

/// The `-` in front of the first item of a list; the list's own mark where there is none.
pub(super) fn dash(text: &str, open: Span, first: Span) -> Span {
    if text.as_bytes().get(open.start as usize) == Some(&b'-') && open.start < first.start {
        return open;
    }
    let before = text.get(..open.start as usize).unwrap_or("");
    let line = before.rsplit('\n').next().unwrap_or("");
    let item = line.trim_start();
    if !item.starts_with('-') {
        return open;
    }
    let start = before.len() - item.len();
    Span::new(open.file, start, start + 1)
}

/// A scalar without the blanks, comments and line breaks that the parser counts as parts of it. A
/// block scalar starts at its first line, behind its header.
pub(super) fn scalar(text: &str, span: Span, quote: Option<char>) -> Span {
    let inside = text.get(span.start as usize..span.end as usize);
    let inside = inside.unwrap_or("");
    let length = match quote {
        Some('"') => quoted(inside, b'"', b'\\'),
        Some(_) => quoted(inside, b'\'', b'\''),
        None => inside.trim_end().len(),
    };
    Span {
        end: span.start + length as u32,
        ..span
    }
}

/// The length of the quoted string that `text` starts with; `None` where it starts with none.
pub(super) fn quoted_length(text: &str) -> Option<usize> {
    match text.as_bytes().first()? {
        b'"' => Some(quoted(text, b'"', b'\\')),
        b'\'' => Some(quoted(text, b'\'', b'\'')),
        _ => None,
    }
}

/// The length of a quoted string at the start of `text`; `escape` makes the next byte harmless,
/// and where it is the quote itself only a pair of them is no end.
fn quoted(text: &str, quote: u8, escape: u8) -> usize {
    let bytes = text.as_bytes();
    let mut at = 1;
    while at < bytes.len() {
        let is_pair = bytes[at] == escape && (escape != quote || bytes.get(at + 1) == Some(&quote));
        match bytes[at] {
            _ if is_pair => at += 2,
            byte if byte == quote => return at + 1,
            _ => at += 1,
        }
    }
    bytes.len()
}

/// Where a value would stand that is not written: behind the colon of its key.
pub(super) fn behind_key(text: &str, key: Span) -> Span {
    let behind = text.get(key.end as usize..).unwrap_or("");
    let blank = behind.len() - behind.trim_start().len();
    let colon = behind[blank..].starts_with(':');
    let at = key.end as usize + if colon { blank + 1 } else { 0 };
    Span::new(key.file, at, at)
}

/// A tab between the start of the line, or the indicator of an item, and what stands at `span`.
pub(super) fn tab_before(text: &str, span: Span) -> Option<Span> {
    let before = text.get(..span.start as usize)?;
    let start = before.trim_end_matches([' ', '\t']).len();
    let tab = start + before[start..].find('\t')?;
    let is_indentation = matches!(
        before[..start].bytes().last(),
        None | Some(b'\n' | b'-' | b'?')
    );
    is_indentation.then(|| Span::new(span.file, tab, tab + 1))
}

/// A tab in the indentation of the line around the byte `at`.
pub(super) fn tab_in_line(text: &str, at: Span) -> Option<Span> {
    let line = text[..at.start as usize]
        .rfind('\n')
        .map_or(0, |newline| newline + 1);
    tab_from(text, line, at)
}

/// The tab over which the parser stumbles in the plain text that begins at `at`: in front of the
/// next line that has one there, else on this line.
pub(super) fn tab_behind(text: &str, at: Span) -> Option<Span> {
    let start = at.start as usize;
    let rest = text.get(start..)?;
    let lines = rest
        .match_indices('\n')
        .map(|(newline, _)| start + newline + 1);
    let in_front = lines.filter_map(|line| tab_from(text, line, at)).next();
    in_front.or_else(|| {
        let tab = start + rest.split('\n').next()?.find('\t')?;
        Some(Span::new(at.file, tab, tab + 1))
    })
}

/// A tab in the blanks that begin the line that starts at the byte `line`.
fn tab_from(text: &str, line: usize, at: Span) -> Option<Span> {
    let rest = text[line..].trim_start_matches([' ', '\t']);
    let tab = line + text[line..text.len() - rest.len()].find('\t')?;
    Some(Span::new(at.file, tab, tab + 1))
}
