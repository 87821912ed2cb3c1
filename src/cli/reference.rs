//! Reference pages of the command line: verbs and codes.

use super::{command, explain};
use crate::report::markdown;

/// Every verb with its help, in Markdown.
pub fn verbs() -> String {
    let mut out = String::from("# Verbs\n\nGenerated from the command line itself.\n");
    let all = command();
    for verb in all
        .get_subcommands()
        .filter(|verb| verb.get_name() != "help")
    {
        let help = verb.clone().term_width(100).render_long_help().to_string();
        let lines: Vec<_> = help.lines().map(str::trim_end).collect();
        let (name, help) = (verb.get_name(), lines.join("\n"));
        out.push_str(&format!(
            "\n## `{name}`\n\n```text\n{}\n```\n",
            help.trim_end()
        ));
    }
    out
}

/// Every code with its explanation, in Markdown.
pub fn codes() -> String {
    let mut out = String::from(
        "# Codes\n\nGenerated from the tables of codes. `tiphys explain <code>` says the same.\n",
    );
    let mut codes: Vec<_> = explain::all_codes().collect();
    codes.sort_by_key(|code| code.name);
    for code in codes {
        let text = markdown::dedent(code.explanation);
        let (name, summary) = (code.name, code.summary);
        out.push_str(&format!(
            "\n## `{name}`\n\n*{summary}*\n\n{}\n",
            text.trim()
        ));
    }
    out
}
