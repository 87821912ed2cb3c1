//! Every input text in memory, and places in it.
//!
//! Inputs are values: a loader fills a [`SourceTree`] from a directory (or anything else) and
//! nothing behind it touches a file system.

/// A file of one [`SourceTree`].
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct FileId(pub u32);

/// A range of bytes in one file.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Span {
    pub file: FileId,
    pub start: u32,
    pub end: u32,
}

impl Span {
    /// The bytes `start..end` of `file`.
    pub fn new(file: FileId, start: usize, end: usize) -> Span {
        let clip = |at: usize| u32::try_from(at).unwrap_or(u32::MAX);
        Span {
            file,
            start: clip(start),
            end: clip(end),
        }
    }

    /// The smallest span that holds both; `other` must lie in the same file.
    pub fn to(self, other: Span) -> Span {
        Span {
            file: self.file,
            start: self.start.min(other.start),
            end: self.end.max(other.end),
        }
    }
}

/// One text with its path, `/`-separated and relative to the root of the tree.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SourceFile {
    pub path: String,
    pub text: String,
}

/// All inputs of one compilation, sorted by path.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct SourceTree {
    files: Vec<SourceFile>,
    refused: Vec<String>,
}

impl SourceTree {
    /// Sorts by path; of two files with one path the first one stays.
    pub fn new(files: impl IntoIterator<Item = SourceFile>) -> SourceTree {
        let mut files: Vec<_> = files.into_iter().collect();
        files.sort_by(|a, b| a.path.cmp(&b.path));
        files.dedup_by(|b, a| a.path == b.path);
        let refused = Vec::new();
        SourceTree { files, refused }
    }

    /// Remembers files and folders that are there and could not be taken in.
    pub fn with_refused(self, refused: Vec<String>) -> SourceTree {
        SourceTree { refused, ..self }
    }

    /// With one more file behind the others, without text, for findings about it; it has no place
    /// among the paths that [`SourceTree::find`] finds.
    pub fn push_unread(&mut self, path: String) -> FileId {
        let text = String::new();
        self.files.push(SourceFile { path, text });
        FileId((self.files.len() - 1) as u32)
    }

    /// Paths of what is there and could not be taken in.
    pub fn refused(&self) -> &[String] {
        &self.refused
    }

    pub fn into_files(self) -> Vec<SourceFile> {
        self.files
    }

    /// The file at exactly `path`.
    pub fn find(&self, path: &str) -> Option<FileId> {
        let at = self
            .files
            .binary_search_by(|file| file.path.as_str().cmp(path))
            .ok()?;
        Some(FileId(at as u32))
    }

    /// All files, in the order of their paths.
    pub fn iter(&self) -> impl Iterator<Item = (FileId, &SourceFile)> {
        self.files
            .iter()
            .enumerate()
            .map(|(at, file)| (FileId(at as u32), file))
    }

    pub fn len(&self) -> usize {
        self.files.len()
    }

    pub fn is_empty(&self) -> bool {
        self.files.is_empty()
    }

    pub fn path(&self, file: FileId) -> &str {
        &self.files[file.0 as usize].path
    }

    pub fn text(&self, file: FileId) -> &str {
        &self.files[file.0 as usize].text
    }

    /// The text of `span`, cut to the file and to character bounds.
    pub fn slice(&self, span: Span) -> &str {
        self.text(span.file)
            .get(span.start as usize..span.end as usize)
            .unwrap_or("")
    }

    /// Line and column of the first byte of `span`, both from 1; columns count characters.
    pub fn position(&self, span: Span) -> (usize, usize) {
        let text = self.text(span.file);
        let mut at = (span.start as usize).min(text.len());
        while !text.is_char_boundary(at) {
            at -= 1;
        }
        let before = &text[..at];
        let line = before.bytes().filter(|byte| *byte == b'\n').count() + 1;
        let column = before
            .rsplit('\n')
            .next()
            .map_or(0, |rest| rest.chars().count())
            + 1;
        (line, column)
    }
}
