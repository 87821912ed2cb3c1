//! `schema`: the JSON Schema of the language, for editors.

use super::Exit;
use crate::io::terminal::Terminal;
use crate::spec::json_schema;

/// Print the JSON Schema of a kind of spec file, for editors
///
/// It describes the YAML spelling. Without a name it lists the kinds.
#[derive(Debug, clap::Args)]
pub struct Args {
    #[arg(value_parser = clap::builder::PossibleValuesParser::new(json_schema::ROOTS))]
    kind: Option<String>,
}

pub fn run(args: &Args, terminal: &mut Terminal) -> Exit {
    let schema = args.kind.as_deref().and_then(json_schema::schema);
    match schema {
        Some(schema) => terminal.result(&json_schema::text(&schema)),
        None => {
            for root in json_schema::ROOTS {
                terminal.result(&format!("{root}\n"));
            }
        }
    }
    Exit::Clean
}
