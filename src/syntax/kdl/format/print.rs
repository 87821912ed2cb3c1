//! Layout to text.

use super::layout::{Block, Item, Node, Piece};

/// The widest line on which a block may stand as a whole.
const WIDTH: usize = 100;
const INDENT: &str = "    ";

/// The text of a whole document; it ends with a newline unless it is empty.
pub fn document(block: &Block) -> String {
    let mut printer = Printer { out: String::new() };
    printer.items(&block.items, 0);
    printer.out
}

struct Printer {
    out: String,
}

impl Printer {
    fn items(&mut self, items: &[Item], depth: usize) {
        for (at, item) in items.iter().enumerate() {
            if item.blank_before && at > 0 {
                self.out.push('\n');
            }
            self.indent(depth);
            self.item(item, depth);
            self.out.push('\n');
        }
    }

    fn item(&mut self, item: &Item, depth: usize) {
        self.out.push_str(&item.comments.join(" "));
        if let Some(node) = &item.node {
            self.gap();
            self.node(node, depth);
        }
        for comment in &item.trailing {
            self.gap();
            self.out.push_str(comment);
        }
    }

    fn node(&mut self, node: &Node, depth: usize) {
        if node.dropped {
            self.out.push_str("/- ");
        }
        for piece in &node.pieces {
            self.gap();
            match piece {
                Piece::Word(word) => self.out.push_str(word),
                Piece::Lines {
                    before,
                    hashes,
                    value,
                } => {
                    self.lines(before, *hashes, value, depth + 1);
                }
                Piece::Break(comment) => {
                    self.out.push('\\');
                    if let Some(comment) = comment {
                        self.out.push(' ');
                        self.out.push_str(comment);
                    }
                    self.out.push('\n');
                    self.indent(depth + 1);
                }
                Piece::Block(block) => self.block(block, depth),
            }
        }
    }

    fn block(&mut self, block: &Block, depth: usize) {
        let room = WIDTH.saturating_sub(self.column());
        if let Some(line) = flat_block(block).filter(|line| line.chars().count() <= room) {
            return self.out.push_str(&line);
        }
        self.out.push_str(if block.dropped { "/-{" } else { "{" });
        for comment in &block.head {
            self.gap();
            self.out.push_str(comment);
        }
        self.out.push('\n');
        self.items(&block.items, depth + 1);
        self.indent(depth);
        self.out.push('}');
    }

    fn lines(&mut self, before: &str, hashes: usize, value: &str, depth: usize) {
        let hashes = "#".repeat(hashes);
        self.out.push_str(before);
        self.out.push_str(&hashes);
        self.out.push_str("\"\"\"\n");
        for line in value.split('\n').filter(|_| !value.is_empty()) {
            if !line.is_empty() {
                self.indent(depth);
                self.out.push_str(line);
            }
            self.out.push('\n');
        }
        self.indent(depth);
        self.out.push_str("\"\"\"");
        self.out.push_str(&hashes);
    }

    fn indent(&mut self, depth: usize) {
        self.out.push_str(&INDENT.repeat(depth));
    }

    /// A space, unless one is there or the line begins.
    fn gap(&mut self) {
        if !self.out.is_empty() && !self.out.ends_with([' ', '\n']) {
            self.out.push(' ');
        }
    }

    /// The width of the last line so far, or at least [`WIDTH`] where that is many bytes long.
    fn column(&self) -> usize {
        let bytes = self.out.as_bytes();
        let tail = &bytes[bytes.len().saturating_sub(4 * WIDTH)..];
        let line = match tail.iter().rposition(|byte| *byte == b'\n') {
            Some(newline) => &tail[newline + 1..],
            None => tail,
        };
        line.iter().filter(|byte| **byte & 0xc0 != 0x80).count()
    }
}

/// The block on one line, if it stood on one and can.
fn flat_block(block: &Block) -> Option<String> {
    if !block.one_line {
        return None;
    }
    let mut line = String::from(if block.dropped { "/-{" } else { "{" });
    for comment in &block.head {
        line.push(' ');
        line.push_str(comment);
    }
    let mut node_before = false;
    for item in &block.items {
        line.push_str(if node_before { "; " } else { " " });
        line.push_str(&flat_item(item)?);
        node_before = item.node.is_some();
    }
    if line.ends_with('{') {
        line.push('}');
    } else {
        line.push_str(" }");
    }
    Some(line).filter(|line| !line.contains('\n'))
}

fn flat_item(item: &Item) -> Option<String> {
    let mut words = item.comments.clone();
    if let Some(node) = &item.node {
        words.extend(node.dropped.then(|| "/-".to_owned()));
        for piece in &node.pieces {
            words.push(match piece {
                Piece::Word(word) => word.clone(),
                Piece::Block(block) => flat_block(block)?,
                Piece::Lines { .. } | Piece::Break(_) => return None,
            });
        }
    }
    words.extend(item.trailing.iter().cloned());
    Some(words.join(" "))
}
