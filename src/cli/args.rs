//! Arguments that several verbs share.

use clap::{Args, ValueEnum};

use crate::io::clock;
use crate::io::terminal::Color;
use crate::report::Format;

/// `--color`
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, ValueEnum)]
pub enum ColorArg {
    /// On a terminal, unless NO_COLOR is set
    #[default]
    Auto,
    Always,
    Never,
}

impl From<ColorArg> for Color {
    fn from(arg: ColorArg) -> Color {
        match arg {
            ColorArg::Auto => Color::Auto,
            ColorArg::Always => Color::Always,
            ColorArg::Never => Color::Never,
        }
    }
}

/// `--format`
#[derive(Clone, Copy, Debug, Args)]
pub struct FormatArg {
    /// How findings are written
    #[arg(long, value_enum, value_name = "FORMAT", default_value_t)]
    format: FormatName,
}

impl FormatArg {
    pub fn is_human(self) -> bool {
        self.format() == Format::Human
    }

    pub fn format(self) -> Format {
        match self.format {
            FormatName::Human => Format::Human,
            FormatName::Json => Format::Json,
            FormatName::Sarif => Format::Sarif,
            FormatName::Github => Format::Github,
            FormatName::Junit => Format::Junit,
            FormatName::Gitlab => Format::Gitlab,
        }
    }
}

#[derive(Clone, Copy, Debug, Default, ValueEnum)]
enum FormatName {
    /// For people
    #[default]
    Human,
    /// One versioned document
    Json,
    /// SARIF 2.1.0, for code scanning
    Sarif,
    /// Annotations of GitHub Actions
    Github,
    /// JUnit XML, for CI servers
    Junit,
    /// Code quality report of GitLab
    Gitlab,
}

/// `--env` and `--service`: what a verb is limited to; empty means all.
#[derive(Clone, Debug, Default, Args)]
pub struct Selection {
    /// Only these environments
    #[arg(long = "env", value_name = "NAME", value_delimiter = ',')]
    pub environments: Vec<String>,
    /// Only these services
    #[arg(long = "service", value_name = "NAME", value_delimiter = ',')]
    pub services: Vec<String>,
}

/// `--date`
#[derive(Clone, Debug, Args)]
pub struct DateArg {
    /// The day on which waivers and windows are judged; today in UTC if absent
    #[arg(long, value_name = "YYYY-MM-DD", value_parser = clock::parse_date)]
    date: Option<String>,
}

impl DateArg {
    /// `YYYY-MM-DD`, a date that exists.
    pub fn date(&self) -> String {
        self.date.clone().unwrap_or_else(clock::today)
    }
}
