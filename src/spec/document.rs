//! Files to documents: one thing a file, named by its path.

use super::decode_kdl::{self, head};
use super::decode_yaml;
use super::field::Struct;
use super::language;
use super::problem::{WRONG_FILE, nearest, take};
use super::scalar::Scalar as _;
use super::shape::{Datum, Key, Kind, Layer, StructShape};
use super::text::Name;
use crate::diagnostic::{Diagnostic, Diagnostics};
use crate::source::{FileId, SourceTree, Span};
use crate::syntax::{Node, Scalar, ScalarKind, YamlKind, kdl, yaml};
use crate::value::Str;

/// Names that no environment, service or component may have: folders of the tree are called so.
pub const RESERVED_NAMES: &[&str] = &[
    "fleet",
    "services",
    "components",
    "also",
    "apps",
    "namespaces",
    "bootstrap",
];

/// What a file holds, by its path.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Role {
    Fleet,
    Service,
    Component,
    Environment(Str),
    /// A service as one environment replaces it.
    EnvironmentService(Str),
    Releases(Str),
}

impl Role {
    /// The role of `environments/…`; nothing for what is not a spec.
    pub fn of(path: &str) -> Option<Role> {
        let (stem, extension) = path.strip_prefix("environments/")?.rsplit_once('.')?;
        if !["kdl", "yaml", "yml"].contains(&extension) {
            return None;
        }
        match stem.split('/').collect::<Vec<_>>()[..] {
            ["fleet"] => Some(Role::Fleet),
            ["also", ..] => None,
            ["services", _] => Some(Role::Service),
            ["components", _] => Some(Role::Component),
            [environment, "environment"] => Some(Role::Environment(environment.into())),
            [environment, "releases"] => Some(Role::Releases(environment.into())),
            [environment, "services", _] => Some(Role::EnvironmentService(environment.into())),
            _ => None,
        }
    }

    /// The root of the file.
    pub fn word(&self) -> &'static str {
        match self {
            Role::Fleet => "fleet",
            Role::Service | Role::EnvironmentService(_) => "service",
            Role::Component => "component",
            Role::Environment(_) => "environment",
            Role::Releases(_) => "releases",
        }
    }

    /// The shape of the thing; for releases of one entry.
    pub fn shape(&self) -> &'static StructShape {
        match self {
            Role::Fleet => language::Fleet::STRUCT,
            Role::Service | Role::EnvironmentService(_) => language::Service::STRUCT,
            Role::Component => language::Component::STRUCT,
            Role::Environment(_) => language::Environment::STRUCT,
            Role::Releases(_) => language::Release::STRUCT,
        }
    }

    /// The role with a root; environments have no name then.
    pub fn of_word(word: &str) -> Option<Role> {
        let roles = [
            Role::Fleet,
            Role::Service,
            Role::Component,
            Role::Environment(Str::default()),
            Role::Releases(Str::default()),
        ];
        roles.into_iter().find(|role| role.word() == word)
    }

    /// The name that the path asks for.
    fn named_by<'a>(&'a self, path: &'a str) -> Option<&'a str> {
        let stem = path.rsplit('/').next()?.rsplit_once('.')?.0;
        match self {
            Role::Fleet => None,
            Role::Environment(name) => Some(name),
            _ => Some(stem),
        }
    }
}

/// One decoded file.
#[derive(Clone, Debug)]
pub struct Document {
    pub file: FileId,
    pub role: Role,
    /// The thing's name; for releases the environment's.
    pub name: Key,
    /// A struct; for releases a map of them.
    pub datum: Datum,
    /// Releases that are there and could not be decoded.
    pub lost: Vec<Str>,
}

impl Document {
    /// Whether it holds another name than its path says.
    pub fn is_misnamed(&self, path: &str) -> bool {
        let expected = self.role.named_by(path);
        let is_named = !matches!(self.role, Role::Fleet | Role::Releases(_));
        is_named && expected.is_some_and(|expected| expected != self.name.text)
    }
}

/// Reads and decodes one file. Everything that is wrong with it goes to `diags`.
pub fn read(
    sources: &SourceTree,
    file: FileId,
    role: Role,
    diags: &mut Diagnostics,
) -> Option<Document> {
    let kdl = sources.path(file).ends_with(".kdl");
    let document = match (&role, kdl) {
        (Role::Releases(_), _) => releases(sources, file, role, diags),
        (_, true) => from_kdl(sources, file, role, diags),
        (_, false) => from_yaml(sources, file, role, diags),
    };
    let mut document = document?;
    mark_layers(&mut document);
    Some(document)
}

fn from_kdl(
    sources: &SourceTree,
    file: FileId,
    role: Role,
    diags: &mut Diagnostics,
) -> Option<Document> {
    let mut syntax = Diagnostics::new();
    let nodes = kdl::read(file, sources.text(file), &mut syntax);
    let places = syntax.iter().filter_map(|one| one.labels.first());
    let refused: Vec<_> = places.map(|label| label.span).collect();
    diags.append(syntax);
    let mut found = Diagnostics::new();
    let document = from_nodes(sources, file, role, &nodes?, &mut found);
    // A value that KDL refused says nothing about its type.
    let follows = |one: &Diagnostic| {
        let place = one.labels.first().map(|label| label.span);
        place.is_some_and(|span| refused.contains(&span))
    };
    diags.append_where(found, |one| !follows(one));
    document
}

fn from_nodes(
    sources: &SourceTree,
    file: FileId,
    role: Role,
    nodes: &[Node],
    diags: &mut Diagnostics,
) -> Option<Document> {
    let word = role.word();
    let mut found = None;
    for node in nodes {
        if node.name.text != word || found.is_some() {
            diags.push(wrong_file(sources, &role, head(node), file));
            continue;
        }
        let datum = decode_kdl::read_struct(
            node,
            usize::from(!node.args.is_empty()),
            role.shape(),
            diags,
        );
        let Some(arg) = node.args.first() else {
            diags.push(wrong_file(sources, &role, head(node), file));
            continue;
        };
        found = Some((arg.clone(), datum));
    }
    if nodes.is_empty() {
        diags.push(wrong_file(sources, &role, Span::new(file, 0, 0), file));
    }
    let (name, datum) = found?;
    finish(sources, file, role, &name, datum, diags)
}

fn from_yaml(
    sources: &SourceTree,
    file: FileId,
    role: Role,
    diags: &mut Diagnostics,
) -> Option<Document> {
    let value = yaml::read(file, sources.text(file), diags)?;
    let mut found = None;
    if let YamlKind::Map(roots) = &value.kind {
        for (root, things) in roots {
            match &things.kind {
                YamlKind::Map(things) if root.text == role.word() && things.len() == 1 => {
                    let (name, content) = &things[0];
                    let datum = decode_yaml::read_struct(&name.text, content, role.shape(), diags);
                    found = Some((
                        Scalar {
                            kind: ScalarKind::String,
                            ..name.clone()
                        },
                        datum,
                    ));
                }
                _ => diags.push(wrong_file(sources, &role, root.span, file)),
            }
        }
    }
    let Some((name, datum)) = found else {
        let empty = !matches!(&value.kind, YamlKind::Map(roots) if !roots.is_empty());
        if empty {
            diags.push(wrong_file(sources, &role, value.span, file));
        }
        return None;
    };
    finish(sources, file, role, &name, datum, diags)
}

fn wrong_file(sources: &SourceTree, role: &Role, span: Span, file: FileId) -> Diagnostic {
    let (path, word) = (sources.path(file), role.word());
    let name = role.named_by(path).unwrap_or("name");
    let written = sources.slice(span).split(char::is_whitespace).next();
    let meant = nearest(written.unwrap_or_default(), [word]);
    let help = match path.ends_with(".kdl") {
        _ if meant.is_some_and(|meant| Some(meant) != written) => format!("did you mean `{word}`?"),
        true => format!("let it hold `{word} \"{name}\" {{ … }}` and nothing else"),
        false => format!("let it hold `{word}: {{{name}: {{…}}}}` and nothing else"),
    };
    Diagnostic::error(WRONG_FILE, format!("`{path}` holds exactly one `{word}`"))
        .at(span, format!("expected `{word} {name}`"))
        .help(help)
}

fn finish(
    sources: &SourceTree,
    file: FileId,
    role: Role,
    name: &Scalar,
    datum: Datum,
    diags: &mut Diagnostics,
) -> Option<Document> {
    let text = match take(name, &Name::SHAPE, role.word()) {
        Ok(text) => text,
        Err(finding) => {
            diags.push(*finding);
            return None;
        }
    };
    let path = sources.path(file);
    if let Some(expected) = role.named_by(path).filter(|expected| *expected != text) {
        let message = format!(
            "`{path}` holds the {} `{text}`, not `{expected}`",
            role.word()
        );
        diags.push(
            Diagnostic::error(WRONG_FILE, message)
                .at(name.span, format!("its path says `{expected}`"))
                .help(format!("rename the file or the {}", role.word())),
        );
    }
    if RESERVED_NAMES.contains(&text.as_str()) && role != Role::Fleet {
        diags.push(
            Diagnostic::error(
                WRONG_FILE,
                format!("no {} may be called `{text}`", role.word()),
            )
            .at(name.span, "reserved: a folder of the tree is called so")
            .help("choose another name"),
        );
    }
    Some(Document {
        file,
        role,
        name: Key {
            text,
            span: name.span,
        },
        datum,
        lost: Vec::new(),
    })
}

fn releases(
    sources: &SourceTree,
    file: FileId,
    role: Role,
    diags: &mut Diagnostics,
) -> Option<Document> {
    let Role::Releases(environment) = &role else {
        return None;
    };
    let name = Key {
        text: environment.clone(),
        span: Span::new(file, 0, 0),
    };
    if sources.path(file).ends_with(".kdl") {
        diags.push(
            Diagnostic::error(
                WRONG_FILE,
                "releases are written in YAML, because machines write them",
            )
            .at(name.span, "rename it to `releases.yaml`")
            .help("write `cart: {version: \"1.8.2\", digest: \"sha256:…\"}`"),
        );
        return None;
    }
    let value = yaml::read(file, sources.text(file), diags)?;
    let (mut entries, mut lost) = (Vec::new(), Vec::new());
    for (key, content) in decode_yaml::entries("releases", &value, diags)? {
        let n_errors = diags.n_errors();
        let datum = decode_yaml::read_struct(&key.text, content, role.shape(), diags);
        if diags.n_errors() > n_errors {
            lost.push(key.text.clone());
        }
        entries.push((
            Key {
                text: key.text.clone(),
                span: key.span,
            },
            datum,
        ));
    }
    let datum = Datum::new(Kind::Map(entries), name.span);
    Some(Document {
        file,
        role,
        name,
        datum,
        lost,
    })
}

/// Marks `defaults`, `everywhere` and `deploy` as the layers that they are.
fn mark_layers(document: &mut Document) {
    let layers: &[(&str, Layer)] = match document.role {
        Role::Fleet => &[("defaults", Layer::FleetDefaults)],
        Role::Environment(_) => &[
            ("defaults", Layer::EnvironmentDefaults),
            ("everywhere", Layer::Everywhere),
            ("deploy", Layer::Deploy),
        ],
        _ => return,
    };
    let shape = document.role.shape();
    let Kind::Struct(fields) = &mut document.datum.kind else {
        return;
    };
    for (name, layer) in layers {
        let field = shape.position(name).and_then(|at| fields[at].as_mut());
        if let Some(datum) = field {
            datum.set_layer(*layer);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::source::SourceFile;

    #[test]
    fn a_misspelt_root_is_named() {
        let path = "environments/services/cart.kdl";
        for (text, help) in [
            ("servce \"cart\"", "did you mean `service`?"),
            (
                "shop \"cart\"",
                "let it hold `service \"cart\" { … }` and nothing else",
            ),
        ] {
            let sources = SourceTree::new([SourceFile {
                path: path.into(),
                text: text.into(),
            }]);
            let mut diags = Diagnostics::new();
            let role = Role::of(path).unwrap();
            read(&sources, FileId(0), role, &mut diags);
            let found: Vec<_> = diags.iter().map(|one| one.help.clone()).collect();
            assert_eq!(found, [Some(help.to_string())], "{text}");
        }
    }
}
