//! The small part of Markdown that explanations use, as text for a terminal.
//!
//! Paragraphs and list items are wrapped, fenced and indented code is kept and set in by four.

use super::Look;
use super::text::wrap;

/// Doc comments begin each line with a space: this takes it away.
pub fn dedent(doc: &str) -> String {
    let lines = doc.trim_end().lines();
    let lines: Vec<&str> = lines
        .map(|line| line.strip_prefix(' ').unwrap_or(line))
        .collect();
    lines.join("\n")
}

/// The text with a final newline.
pub fn render(markdown: &str, look: &Look) -> String {
    let mut page = Page {
        out: String::new(),
        paragraph: String::new(),
        width: look.width.min(90),
    };
    let mut is_code = false;
    for line in markdown.lines() {
        if line.trim_start().starts_with("```") {
            page.end();
            is_code = !is_code;
        } else if is_code {
            let line = format!("    {line}");
            page.out.push_str(line.trim_end());
            page.out.push('\n');
        } else {
            page.line(line);
        }
    }
    page.end();
    page.out
}

struct Page {
    out: String,
    /// Lines that flow together.
    paragraph: String,
    width: usize,
}

impl Page {
    fn line(&mut self, line: &str) {
        let text = line.trim();
        if text.is_empty() {
            self.end();
            self.out.push('\n');
            return;
        }
        if text.starts_with("- ") || text.starts_with('#') {
            self.end();
        }
        if !self.paragraph.is_empty() {
            self.paragraph.push(' ');
        }
        self.paragraph.push_str(text);
    }

    fn end(&mut self) {
        let text = std::mem::take(&mut self.paragraph);
        if text.is_empty() {
            return;
        }
        let indent = if text.starts_with("- ") { "  " } else { "" };
        self.out.push_str(&wrap(&text, self.width, 0, indent));
        self.out.push('\n');
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn paragraphs_flow_and_code_stays() {
        let doc = " One two\n three.\n\n - item that is\n   long\n - next\n\n ```kdl\n a {\n   b\n }\n ```\n";
        let look = Look {
            width: 10,
            ..Look::default()
        };
        let expected =
            "One two\nthree.\n\n- item\n  that is\n  long\n- next\n\n    a {\n      b\n    }\n";
        assert_eq!(render(&dedent(doc), &look), expected);
    }
}
