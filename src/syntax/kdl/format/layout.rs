//! What the printer needs to know of a text: its nodes, its comments, and which of them shared a
//! line.

/// A line of a block: a node, or comments alone.
pub struct Item {
    pub blank_before: bool,
    /// Before the node, on its line.
    pub comments: Vec<String>,
    pub node: Option<Node>,
    /// Behind the node, on its line.
    pub trailing: Vec<String>,
}

pub struct Node {
    /// It is commented out by `/-`.
    pub dropped: bool,
    /// The name first.
    pub pieces: Vec<Piece>,
}

/// A part of a node.
pub enum Piece {
    /// An argument, property or comment. Newlines inside of it stay as they are.
    Word(String),
    /// A multi-line string without escapes, which moves with the indentation.
    Lines {
        /// What stands right before it: `/-`, a property's name with `=`.
        before: String,
        hashes: usize,
        value: String,
    },
    /// A continued line, with the comment at its end.
    Break(Option<String>),
    Block(Block),
}

pub struct Block {
    pub dropped: bool,
    /// It stands on one line.
    pub one_line: bool,
    /// Comments behind the opening brace, on its line.
    pub head: Vec<String>,
    pub items: Vec<Item>,
}

/// What was passed between two nodes.
#[derive(Default)]
pub struct Between {
    pub newlines: usize,
    /// A newline, or a continued one, was passed since the last node or comment.
    pub new_line: bool,
    pub comments: Vec<String>,
    /// The comments began on the line of what is before them.
    pub attached: bool,
    pub blank_before: bool,
}

impl Between {
    pub fn push(&mut self, comment: String) {
        if self.comments.is_empty() {
            self.attached = !self.new_line;
            self.note_blank();
        }
        self.comments.push(comment);
    }

    /// Of a blank line before comments and one behind them, the first counts.
    pub fn note_blank(&mut self) {
        if self.comments.is_empty() {
            self.blank_before = self.newlines > 1;
        }
    }
}

impl Block {
    /// Gives the comments of the line that ends here their place.
    pub fn end_line(&mut self, between: &mut Between) {
        between.new_line = true;
        if between.comments.is_empty() {
            return;
        }
        let comments = std::mem::take(&mut between.comments);
        match self.items.last_mut() {
            Some(item) if between.attached => item.trailing.extend(comments),
            None if between.attached => self.head.extend(comments),
            _ => self.items.push(Item {
                blank_before: between.blank_before,
                comments,
                node: None,
                trailing: Vec::new(),
            }),
        }
        between.newlines = between.newlines.min(1);
        (between.attached, between.blank_before) = (false, false);
    }
}
