//! Drafts and templates to values, without ever writing a value as text.
//!
//! A template writes a *skeleton*: its own text, with a mark where each `${ expression }` stands,
//! and the values on a side list. The skeleton is read as YAML (once: most objects of a kind share
//! one) and the values are put into the tree. So no value can change the structure around it.

mod bounds;
mod cache;
mod codes;
mod context;
mod environment;
mod explain;
mod fault;
mod limits;
mod marker;
mod notes;
mod scalar;
mod skeleton;
mod slot;
mod splice;
mod trace;

pub mod builtin;
pub mod filters;
pub mod uses;

#[cfg(test)]
mod tests;

use std::sync::Arc;

use minijinja::Environment;

pub use codes::*;
pub use trace::{Step, Trace};

use crate::diagnostic::{Diagnostic, Diagnostics};
use crate::draft::{Draft, Origin, Traced};
use crate::render::cache::Cache;
use crate::render::context::{Context, Root};
use crate::render::environment::Rendered;
use crate::render::fault::Fault;
use crate::render::notes::Notes;
use crate::render::skeleton::Bone;
use crate::source::{FileId, SourceTree, Span};
use crate::value::Value;

/// All templates, ready to render from any number of threads.
#[derive(Debug)]
pub struct Renderer {
    env: Environment<'static>,
    /// Sorted by name.
    templates: Vec<Template>,
    cache: Cache,
}

#[derive(Debug)]
struct Template {
    name: String,
    file: FileId,
    text: String,
    /// Pointers below which Argo fills in templates of its own.
    argo: Vec<String>,
    is_readable: bool,
}

/// What `explain template` shows.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Inputs {
    pub file: FileId,
    /// The variables that the template reads, members as `a.b`, sorted.
    pub variables: Vec<String>,
    pub text: String,
}

/// Why there is no value.
enum Failure {
    Engine(minijinja::Error),
    Faults(Vec<Fault>),
}

impl Renderer {
    /// Reads every `templates/<name>.yaml.j2` of the tree. A template with errors is reported
    /// here and renders nothing. Built-in templates belong into the tree: see [`builtin::files`].
    pub fn new(sources: &SourceTree, diags: &mut Diagnostics) -> Renderer {
        let (mut env, failure) = match environment::new() {
            Ok(env) => (env, None),
            Err(error) => (Environment::empty(), Some(error)),
        };
        debug_assert!(failure.is_none(), "the syntax is valid");
        let mut templates = Vec::new();
        for (file, source) in sources.iter() {
            let name = source.path.strip_prefix("templates/");
            let Some(name) = name.and_then(|path| path.strip_suffix(".yaml.j2")) else {
                continue;
            };
            let mut template = Template::new(name, file, &source.text);
            match template.check(&mut env) {
                Ok(()) => {}
                Err(diagnostic) => {
                    template.is_readable = false;
                    diags.push(*diagnostic);
                }
            }
            templates.push(template);
        }
        templates.sort_by(|a, b| a.name.cmp(&b.name));
        Renderer {
            env,
            templates,
            cache: Cache::default(),
        }
    }

    /// The value of a draft. `None` with at least one finding (which [`Renderer::new`] has made
    /// where the template itself cannot be read).
    pub fn render(&self, draft: &Draft, diags: &mut Diagnostics) -> Option<Value> {
        self.draft(draft, 0, diags)
    }

    /// Renders once more and keeps who wrote what; `None` where [`Renderer::render`] gives none.
    pub fn trace(&self, draft: &Draft) -> Option<Trace> {
        trace::draft(self, draft, 0)
    }

    /// What a template reads, and its text.
    pub fn inputs(&self, template: &str) -> Option<Inputs> {
        let template = &self.templates[self.find(template)?];
        let compiled = self.env.get_template(&template.name).ok()?;
        let mut variables: Vec<String> = compiled.undeclared_variables(true).into_iter().collect();
        variables.retain(|name| !filters::is_global(name));
        variables.sort();
        Some(Inputs {
            file: template.file,
            variables,
            text: template.text.clone(),
        })
    }

    /// The names of all templates, sorted.
    pub fn names(&self) -> impl Iterator<Item = &str> {
        self.templates.iter().map(|template| template.name.as_str())
    }

    fn find(&self, name: &str) -> Option<usize> {
        self.templates
            .binary_search_by(|template| template.name.as_str().cmp(name))
            .ok()
    }

    fn draft(&self, draft: &Draft, depth: usize, diags: &mut Diagnostics) -> Option<Value> {
        let Some(number) = self.find(&draft.template) else {
            diags.push(self.missing(draft));
            return None;
        };
        if depth > limits::PARTS {
            diags.push(too_many_parts(draft));
            return None;
        }
        let mut parts = Vec::with_capacity(draft.parts.len());
        for (_, part) in &draft.parts {
            parts.push(self.draft(part, depth + 1, diags));
        }
        let parts: Option<Vec<Value>> = parts.into_iter().collect();
        let context = context(draft, &parts?);
        if !self.templates[number].is_readable {
            return None;
        }
        match self.fill(number, &context) {
            Ok(value) => Some(value),
            Err(failure) => {
                explain::failure(self, number, &context, draft, failure, diags);
                None
            }
        }
    }

    fn fill(&self, number: usize, context: &Arc<Context>) -> Result<Value, Failure> {
        let template = &self.templates[number];
        let rendered =
            environment::run(&self.env, &template.name, context).map_err(Failure::Engine)?;
        let root = self
            .skeleton(number, &rendered)
            .map_err(|fault| Failure::Faults(vec![fault]))?;
        splice::splice(&root, &rendered.slots, &mut Notes::default()).map_err(Failure::Faults)
    }

    fn skeleton(&self, number: usize, rendered: &Rendered) -> Result<Arc<Bone>, Fault> {
        if let Some(root) = self.cache.find(number, &rendered.text) {
            return Ok(root);
        }
        let root = Arc::new(skeleton::read(
            &rendered.text,
            &self.templates[number].argo,
        )?);
        self.cache.store(number, &rendered.text, &root);
        Ok(root)
    }

    fn missing(&self, draft: &Draft) -> Diagnostic {
        let message = format!("no template is named `{}`", draft.template);
        let names: Vec<&str> = self.names().collect();
        let diagnostic = Diagnostic::error(TEMPLATE_MISSING, message)
            .help(format!("add `templates/{}.yaml.j2`", draft.template));
        let diagnostic = match names.is_empty() {
            true => diagnostic,
            false => diagnostic.note(format!("there are {}", names.join(", "))),
        };
        explain::with_origin(diagnostic, draft.origin)
    }
}

impl Template {
    fn new(name: &str, file: FileId, text: &str) -> Template {
        Template {
            name: name.to_owned(),
            file,
            text: text.to_owned(),
            argo: argo_pointers(text),
            is_readable: true,
        }
    }

    fn check(&self, env: &mut Environment<'static>) -> Result<(), Box<Diagnostic>> {
        if let Some(at) = self.text.find([marker::START, marker::END]) {
            let message = format!(
                "template `{}` holds a character that is reserved",
                self.name
            );
            let span = Span::new(self.file, at, at + marker::START.len_utf8());
            return Err(Box::new(
                Diagnostic::error(TEMPLATE_MARKER, message)
                    .at(span, "this character")
                    .help("remove it"),
            ));
        }
        if let Err(excess) = bounds::check(&self.text) {
            let message = format!("template `{}` has {}", self.name, excess.what);
            let span = Span::new(self.file, excess.at, excess.at + 2);
            return Err(Box::new(
                Diagnostic::error(TEMPLATE_LIMIT, message)
                    .at(span, "here")
                    .help("give the values in the context instead of computing them here"),
            ));
        }
        env.add_template_owned(self.name.clone(), self.text.clone())
            .map_err(|error| Box::new(explain::syntax(self, &error)))
    }
}

/// The pointers in comments of the form `{# argo: /spec/metrics /spec/args #}`.
fn argo_pointers(text: &str) -> Vec<String> {
    let mut pointers = Vec::new();
    for comment in text.split("{#").skip(1) {
        let inside = comment.split("#}").next().unwrap_or("");
        let inside = inside.trim_matches(['-', '+', ' ', '\n']);
        if let Some(list) = inside.strip_prefix("argo:") {
            pointers.extend(list.split_whitespace().map(str::to_owned));
        }
    }
    pointers
}

fn context(draft: &Draft, parts: &[Value]) -> Arc<Context> {
    let own = Arc::new(Root {
        value: draft.context.clone(),
        part: None,
    });
    let parts = draft.parts.iter().zip(parts).enumerate();
    let parts = parts.map(|(number, ((name, _), value))| {
        let root = Root {
            value: Traced::of(value, Origin::Derived),
            part: Some(number),
        };
        (name.clone(), Arc::new(root))
    });
    Arc::new(Context {
        own,
        parts: parts.collect(),
    })
}

fn too_many_parts(draft: &Draft) -> Diagnostic {
    let message = format!(
        "a draft of `{}` nests more than {} parts",
        draft.template,
        limits::PARTS
    );
    explain::with_origin(Diagnostic::error(TEMPLATE_LIMIT, message), draft.origin)
}
