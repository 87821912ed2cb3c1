//! The list of what a build still has to do, so that the next one can complete it.

use super::HOME;
use crate::io::names;

/// In our folder; the tree is marked as interrupted while it is there.
pub(super) const NAME: &str = "journal";

const FIRST_LINE: &str = "tiphys journal 1";
const LAST_LINE: &str = "\nend\n";

/// In the order in which they are done. Paths are relative to the output.
#[derive(Debug, Default, PartialEq, Eq)]
pub(super) struct Journal {
    /// Staged folders and files.
    pub(super) place: Vec<String>,
    pub(super) remove: Vec<String>,
    pub(super) place_ledger: Vec<String>,
    pub(super) remove_ledger: Vec<String>,
}

impl Journal {
    pub(super) fn print(&self) -> String {
        let mut text = FIRST_LINE.to_string();
        for (word, paths) in [
            ("place", &self.place),
            ("remove", &self.remove),
            ("place-ledger", &self.place_ledger),
            ("remove-ledger", &self.remove_ledger),
        ] {
            for path in paths {
                text.extend(["\n", word, " ", path]);
            }
        }
        text.push_str(LAST_LINE);
        text
    }

    /// `None` if it is not complete, or speaks of anything outside the output.
    pub(super) fn parse(text: &str) -> Option<Journal> {
        let body = text.strip_suffix(LAST_LINE)?.strip_prefix(FIRST_LINE)?;
        let body = match body {
            "" => "",
            body => body.strip_prefix('\n')?,
        };
        let mut journal = Journal::default();
        for line in body.lines() {
            let (word, path) = line.split_once(' ')?;
            let home = path
                .strip_prefix(HOME)
                .and_then(|path| path.strip_prefix('/'));
            let list = match (word, home) {
                ("place", None) => &mut journal.place,
                ("remove", None) => &mut journal.remove,
                ("place-ledger", Some(_)) => &mut journal.place_ledger,
                ("remove-ledger", Some(_)) => &mut journal.remove_ledger,
                _ => return None,
            };
            if names::unportable_path(path).is_some() {
                return None;
            }
            list.push(path.to_string());
        }
        Some(journal)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn journal() -> Journal {
        Journal {
            place: vec!["p".into(), "q/backend".into()],
            remove: vec!["q/c.yaml".into()],
            place_ledger: vec![".tiphys/p.ledger".into()],
            remove_ledger: vec![".tiphys/r.ledger".into()],
        }
    }

    #[test]
    fn a_journal_reads_back_what_it_printed() {
        assert_eq!(Journal::parse(&journal().print()), Some(journal()));
        assert_eq!(
            Journal::parse(&Journal::default().print()),
            Some(Journal::default())
        );
    }

    #[test]
    fn a_journal_that_was_cut_off_anywhere_is_none() {
        let text = journal().print();
        for end in 0..text.len() {
            assert_eq!(Journal::parse(&text[..end]), None, "{end}");
        }
    }

    #[test]
    fn a_journal_never_leaves_the_output() {
        for line in [
            "place ../x",
            "remove /etc/passwd",
            "remove a/../../b",
            "place .tiphys/x",
            "place-ledger p/x",
            "launch p",
        ] {
            let text = format!("{FIRST_LINE}\n{line}{LAST_LINE}");
            assert_eq!(Journal::parse(&text), None, "{line}");
        }
    }
}
