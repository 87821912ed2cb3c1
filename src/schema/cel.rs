//! The rules of custom resources (`x-kubernetes-validations`): the only file that names the CEL
//! crate for them.
//!
//! Rules are compiled when a value first stands where they apply. One that cannot be evaluated
//! without a cluster is marked when its schema is built; one that fails while it runs is said not
//! to have been checked. Neither ever counts as passed.

use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::{Arc, OnceLock};

use cel::extractors::This;
use cel::{Context, Env, ExecutionError, Program, Value as Cel};

use super::arena::*;
use super::cel_value;
use super::codes::*;
use super::defaults;
use super::path::Path;
use crate::diagnostic::Severity;
use crate::manifest::Finding;
use crate::value::Value;

/// Longer rules are not compiled, so that no rule exhausts the stack.
const LONGEST: usize = 8_192;

/// Deeper brackets and longer chains of operators are not compiled, for the same reason.
const DEEPEST: usize = 24;
const OPERATORS: usize = 400;

/// A rule's program once it was needed; `None` inside where it has none.
#[derive(Clone, Debug, Default)]
pub struct Compiled(OnceLock<Option<Arc<Program>>>);

impl PartialEq for Compiled {
    /// What a rule is compiled to follows from its text.
    fn eq(&self, _: &Compiled) -> bool {
        true
    }
}

/// Marks the rules that cannot be evaluated here, each with the reason.
pub fn mark_unchecked(arena: &mut Arena) {
    let rules = arena
        .nodes
        .iter_mut()
        .filter_map(|node| node.constraints.as_mut());
    for rule in rules.flat_map(|constraints| constraints.rules.iter_mut()) {
        rule.unchecked = reason(&rule.rule).unwrap_or_default().into();
    }
}

/// Why a rule cannot be evaluated without a cluster.
pub fn reason(rule: &str) -> Option<String> {
    let Some(program) = compile(rule) else {
        return Some("its syntax is not understood here".to_owned());
    };
    let references = program.references();
    if references.has_variable("oldSelf") {
        return Some("it compares with the stored object".to_owned());
    }
    let mut functions = references.functions();
    functions.sort_unstable();
    let foreign = functions.into_iter().find(|name| !is_known(name))?;
    Some(format!("it uses `{foreign}`, which is not available here"))
}

fn is_known(function: &str) -> bool {
    let operator = function.starts_with(['_', '@', '!', '-']);
    operator || FUNCTIONS.contains(&function)
}

/// What a rule may call: CEL's own, its string library, and Kubernetes' functions below.
const FUNCTIONS: &[&str] = &[
    "bool",
    "charAt",
    "contains",
    "double",
    "duration",
    "endsWith",
    "find",
    "format",
    "has",
    "indexOf",
    "int",
    "isCIDR",
    "isIP",
    "isQuantity",
    "isURL",
    "join",
    "lastIndexOf",
    "lowerAscii",
    "matches",
    "optional.none",
    "optional.of",
    "optional.ofNonZeroValue",
    "orValue",
    "hasValue",
    "value",
    "or",
    "replace",
    "size",
    "split",
    "startsWith",
    "string",
    "substring",
    "trim",
    "uint",
    "upperAscii",
];

fn environment() -> &'static Arc<Env> {
    static ENV: OnceLock<Arc<Env>> = OnceLock::new();
    ENV.get_or_init(|| {
        let mut env = Env::stdlib();
        let added = env.add_extension(cel::extensions::strings);
        debug_assert!(added.is_ok(), "the string library fits the standard one");
        Arc::new(env)
    })
}

pub fn compile(rule: &str) -> Option<Program> {
    if rule.len() > LONGEST || !is_shallow(rule) {
        return None;
    }
    let parse = || environment().compile(rule).ok();
    catch_unwind(AssertUnwindSafe(parse)).ok().flatten()
}

fn is_shallow(rule: &str) -> bool {
    let (mut depth, mut deepest, mut operators) = (0usize, 0, 0);
    for c in rule.chars() {
        match c {
            '(' | '[' | '{' => depth += 1,
            ')' | ']' | '}' => depth = depth.saturating_sub(1),
            '+' | '*' | '/' | '%' | '?' | '.' | '!' | '-' | '&' | '|' | '<' | '>' | '=' => {
                operators += 1
            }
            _ => {}
        }
        deepest = deepest.max(depth);
    }
    deepest <= DEEPEST && operators <= OPERATORS
}

/// Evaluates every rule that guards a value of `object`, with the defaults filled in, as the API
/// server does.
pub fn check(arena: &Arena, entry: &Entry, object: &Value, findings: &mut Vec<Finding>) {
    if !applies(arena, entry.root, object) {
        return;
    }
    let mut filled = object.clone();
    defaults::fill(arena, entry.root, &mut filled);
    let mut rules = Rules {
        arena,
        object,
        context: context(),
        findings,
    };
    rules.visit(entry.root, &filled, &Path::ROOT);
}

/// Whether a rule guards a value that is there, or that a default may add.
fn applies(arena: &Arena, id: NodeId, value: &Value) -> bool {
    let node = arena.node(id);
    if !node.guarded || *value == Value::Null {
        return false;
    }
    evaluable(node).next().is_some()
        || node
            .fields
            .iter()
            .any(|field| arena.node(field.node).guarded && arena.default_of(field.node).is_some())
        || match value {
            Value::Map(map) => map.iter().any(|(key, value)| {
                node.field(key)
                    .or(node.element)
                    .is_some_and(|id| applies(arena, id, value))
            }),
            Value::List(list) => node
                .element
                .is_some_and(|id| list.iter().any(|value| applies(arena, id, value))),
            _ => false,
        }
}

fn evaluable(node: &Node) -> impl Iterator<Item = &Rule> {
    let rules = node
        .constraints
        .iter()
        .flat_map(|constraints| constraints.rules.iter());
    rules.filter(|rule| rule.unchecked.is_empty())
}

struct Rules<'a> {
    arena: &'a Arena,
    /// As it was written: findings point into it.
    object: &'a Value,
    context: Context<'static, 'static>,
    findings: &'a mut Vec<Finding>,
}

impl Rules<'_> {
    fn visit(&mut self, id: NodeId, value: &Value, path: &Path) {
        let node = self.arena.node(id);
        if !node.guarded || *value == Value::Null {
            return;
        }
        if evaluable(node).next().is_some() {
            self.evaluate(id, value, path);
        }
        match value {
            Value::Map(map) => {
                for (key, value) in map.iter() {
                    if let Some(id) = node.field(key).or(node.element) {
                        self.visit(id, value, &path.key(key));
                    }
                }
            }
            Value::List(list) => {
                for (index, value) in list.iter().enumerate() {
                    if let Some(id) = node.element {
                        self.visit(id, value, &path.index(index));
                    }
                }
            }
            _ => {}
        }
    }

    fn evaluate(&mut self, id: NodeId, value: &Value, path: &Path) {
        let this = cel_value::convert(self.arena, id, value);
        for rule in evaluable(self.arena.node(id)) {
            let verdict = match &this {
                Some(this) => self.verdict(rule, this),
                None => Err("the value is too large to evaluate it".to_owned()),
            };
            let finding = match verdict {
                Ok(true) => continue,
                Ok(false) => self.broken(rule, this.as_ref(), value, path),
                Err(reason) => not_checked(rule, &reason, path, self.object),
            };
            self.findings.push(finding);
        }
    }

    fn verdict(&self, rule: &Rule, this: &Cel) -> Result<bool, String> {
        let compiled = rule
            .program
            .0
            .get_or_init(|| compile(&rule.rule).map(Arc::new));
        let program = compiled
            .as_ref()
            .ok_or("its syntax is not understood here")?;
        match self.run(program, this)? {
            Cel::Bool(verdict) => Ok(verdict),
            _ => Err("its result is neither true nor false".to_owned()),
        }
    }

    fn run(&self, program: &Program, this: &Cel) -> Result<Cel, String> {
        let mut scope = self.context.new_inner_scope();
        scope.add_variable_from_value("self", this.clone());
        let run = || program.execute(&scope);
        match catch_unwind(AssertUnwindSafe(run)) {
            Ok(Ok(result)) => Ok(result),
            Ok(Err(error)) => Err(format!(
                "it failed: {}",
                cel_value::one_line(&error.to_string())
            )),
            Err(_) => Err("it failed".to_owned()),
        }
    }

    fn broken(&self, rule: &Rule, this: Option<&Cel>, value: &Value, path: &Path) -> Finding {
        let computed = || {
            let program = compile(&rule.message_expression)?;
            match self.run(&program, this?) {
                Ok(Cel::String(text)) if !text.trim().is_empty() => Some(text.to_string()),
                _ => None,
            }
        };
        let message = match rule.message.as_str() {
            _ if !rule.message_expression.is_empty() => computed(),
            "" => None,
            message => Some(message.to_owned()),
        };
        let message = message.unwrap_or_else(|| match rule.message.as_str() {
            "" => format!("this does not hold: {}", rule.rule),
            message => message.to_owned(),
        });
        let message = format!("{path} breaks a rule: {}", cel_value::one_line(&message));
        let mut pointer = path.pointer();
        let field = rule.field_path.replace(".", "/");
        if !field.is_empty() && value.pointer(&field).is_some() {
            pointer.push_str(&field);
        }
        Finding::error(OBJECT_RULE, existing(self.object, pointer), message)
    }
}

/// The pointer of the nearest place that was written; defaults were not.
fn existing(object: &Value, mut pointer: String) -> String {
    while object.pointer(&pointer).is_none() {
        let end = pointer.rfind('/').unwrap_or(0);
        pointer.truncate(end);
    }
    pointer
}

fn not_checked(rule: &Rule, reason: &str, path: &Path, object: &Value) -> Finding {
    let what = match rule.message.as_str() {
        "" => rule.rule.as_str(),
        message => message,
    };
    let message = format!(
        "{path} was not checked against a rule: {}",
        cel_value::one_line(what)
    );
    let mut finding = Finding::error(NOT_CHECKED, existing(object, path.pointer()), message);
    finding.severity = Severity::Note;
    finding.note(reason)
}

/// Kubernetes' functions. Adding one fails only if CEL has it already, which the tests would show.
pub fn context() -> Context<'static, 'static> {
    let mut context = Context::with_env(environment().clone());
    let text = |is: fn(&str) -> bool| move |text: Arc<String>| is(&text);
    let added = [
        context.add_function("isURL", text(|text| Format::Uri.takes(text))),
        context.add_function(
            "isIP",
            text(|text| text.parse::<std::net::IpAddr>().is_ok()),
        ),
        context.add_function("isCIDR", text(|text| Format::Cidr.takes(text))),
        context.add_function("isQuantity", text(super::format::quantity)),
        context.add_function("find", find),
        context.add_function("duration", duration),
    ];
    debug_assert!(added.iter().all(Result::is_ok), "the names are free");
    context
}

fn find(This(text): This<Arc<String>>, pattern: Arc<String>) -> Result<Cel, ExecutionError> {
    let error = || ExecutionError::function_error("find", "the pattern cannot be run");
    let regex = super::pattern::compile(&pattern).ok_or_else(error)?;
    Ok(regex.find(&text).map_or("", |found| found.as_str()).into())
}

/// Nanoseconds: rules compare durations, and add them to nothing else.
fn duration(text: Arc<String>) -> Result<i64, ExecutionError> {
    let error = || ExecutionError::function_error("duration", "this is no duration");
    super::format::nanoseconds(&text).ok_or_else(error)
}

/// The rules below `root` that are marked as not evaluated, sorted, none twice.
pub fn unchecked(arena: &Arena, root: NodeId) -> Vec<(&str, &str)> {
    let mut seen = vec![false; arena.nodes.len()];
    let mut open = vec![root];
    let mut found = Vec::new();
    while let Some(id) = open.pop() {
        if std::mem::replace(&mut seen[id.0 as usize], true) {
            continue;
        }
        let node = arena.node(id);
        let rules = node
            .constraints
            .iter()
            .flat_map(|constraints| constraints.rules.iter());
        let marked = rules.filter(|rule| !rule.unchecked.is_empty());
        found.extend(marked.map(|rule| (rule.rule.as_str(), rule.unchecked.as_str())));
        open.extend(
            node.fields
                .iter()
                .map(|field| field.node)
                .chain(node.element),
        );
    }
    found.sort_unstable();
    found.dedup();
    found
}
