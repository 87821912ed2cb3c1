//! The rules of custom resources (`x-kubernetes-validations`): the only file that names the CEL
//! crate for them.
//!
//! Rules are compiled when a value first stands where they apply. One that cannot be evaluated
//! without a cluster is marked when its schema is built; one that fails while it runs is said not
//! to have been checked. Neither ever counts as passed.

use std::cell::OnceCell;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::{Arc, OnceLock};

use cel::extractors::This;
use cel::parser::{Expression, PrattParser};
use cel::{Context, Env, ExecutionError, Value as Cel};

use super::arena::*;
use super::cel_quick;
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
pub struct Compiled(OnceLock<Option<Arc<Expression>>>);

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

/// The crate's second parser: thirty times as fast as the one that `Program` uses, which matters
/// because a fresh process parses every rule that it needs. A test holds the two together.
pub fn compile(rule: &str) -> Option<Expression> {
    if !is_readable(rule) {
        return None;
    }
    let parse = || {
        PrattParser::new()
            .enable_optional_syntax(true)
            .parse(rule)
            .ok()
    };
    catch_unwind(AssertUnwindSafe(parse)).ok().flatten()
}

/// Is it neither too long nor too deep to be read at all?
pub fn is_readable(rule: &str) -> bool {
    rule.len() <= LONGEST && is_shallow(rule)
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
        context: OnceCell::new(),
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

/// Parsed when first needed.
fn program(rule: &Rule) -> Option<&Expression> {
    let parse = || compile(&rule.rule).map(Arc::new);
    rule.program.0.get_or_init(parse).as_deref()
}

struct Rules<'a> {
    arena: &'a Arena,
    /// As it was written: findings point into it.
    object: &'a Value,
    /// Made when the first rule needs the crate.
    context: OnceCell<Context<'static, 'static>>,
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
        let mut converted = None;
        for rule in evaluable(self.arena.node(id)) {
            let program = program(rule);
            if program.is_some_and(|program| cel_quick::holds(program, self.arena, id, value)) {
                continue;
            }
            let this = converted.get_or_insert_with(|| cel_value::convert(self.arena, id, value));
            let verdict = match (program, &this) {
                (None, _) => Err("its syntax is not understood here".to_owned()),
                (_, None) => Err("the value is too large to evaluate it".to_owned()),
                (Some(program), Some(this)) => self.verdict(program, this),
            };
            let finding = match verdict {
                Ok(true) => continue,
                Ok(false) => self.broken(rule, this.as_ref(), value, path),
                Err(reason) => not_checked(rule, &reason, path, self.object),
            };
            self.findings.push(finding);
        }
    }

    fn verdict(&self, program: &Expression, this: &Cel) -> Result<bool, String> {
        match self.run(program, this)? {
            Cel::Bool(verdict) => Ok(verdict),
            _ => Err("its result is neither true nor false".to_owned()),
        }
    }

    fn run(&self, program: &Expression, this: &Cel) -> Result<Cel, String> {
        let mut scope = self.context.get_or_init(context).new_inner_scope();
        scope.add_variable_from_value("self", this.clone());
        let run = || Cel::resolve(program, &scope);
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
    let regex = crate::re2::Re2::new(&pattern).ok_or_else(error)?;
    Ok(regex.find(&text).unwrap_or_default().into())
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

#[cfg(test)]
mod tests {
    use super::*;

    /// Ids number the nodes, and both parsers may number them as they like.
    fn shape(expression: &Expression) -> String {
        let ids = regex::Regex::new(r"\bid: \d+").unwrap();
        ids.replace_all(&format!("{expression:?}"), "").into_owned()
    }

    /// Values as a schema could take them, and some that it would not.
    struct Values<'a>(&'a Arena, u64);

    impl Values<'_> {
        fn pick(&mut self, n: usize) -> usize {
            self.1 = self
                .1
                .wrapping_mul(6_364_136_223_846_793_005)
                .wrapping_add(1);
            (self.1 >> 33) as usize % n
        }

        fn value(&mut self, id: NodeId, depth: usize) -> Value {
            let node = self.0.node(id);
            let allowed = node.constraints.as_ref().map_or(&[][..], |c| &c.allowed);
            if !allowed.is_empty() && self.pick(8) > 0 {
                return allowed[self.pick(allowed.len())].clone();
            }
            match node.shape {
                Shape::Object if depth < 6 => {
                    let fields = node
                        .fields
                        .iter()
                        .filter(|_| self.pick(3) > 0)
                        .collect::<Vec<_>>();
                    let entry =
                        |field: &Field| (field.name.clone(), self.value(field.node, depth + 1));
                    Value::Map(fields.into_iter().map(entry).collect())
                }
                Shape::List if depth < 6 => {
                    let n_items = self.pick(4);
                    let items = node.element.iter().cycle().take(n_items);
                    Value::List(items.map(|id| self.value(*id, depth + 1)).collect())
                }
                Shape::Boolean => Value::Bool(self.pick(2) == 0),
                Shape::Integer | Shape::Number => Value::Int(self.pick(4) as i64 - 1),
                Shape::IntOrString if self.pick(2) == 0 => Value::Int(self.pick(3) as i64),
                _ => ["", "a", "/a", "5m", "Exact", "*.b.c", "HTTPRoute"][self.pick(7)].into(),
            }
        }
    }

    #[test]
    fn what_a_quick_look_lets_pass_the_crate_lets_pass_too() {
        let arena = super::super::bundle();
        let (mut n_quick, mut n_all) = (0, 0);
        for at in 0..arena.nodes.len() {
            let id = NodeId(at as u32);
            let rules: Vec<_> = evaluable(arena.node(id)).collect();
            let rounds = if rules.is_empty() { 0 } else { 12 };
            for round in 0..rounds {
                let value = Values(arena, 1 + (at * 100 + round) as u64).value(id, 0);
                let this = cel_value::convert(arena, id, &value);
                let checker = Rules {
                    arena,
                    object: &value,
                    context: OnceCell::new(),
                    findings: &mut Vec::new(),
                };
                for rule in &rules {
                    let (program, this) = (program(rule).unwrap(), this.as_ref().unwrap());
                    n_all += 1;
                    if cel_quick::holds(program, arena, id, &value) {
                        n_quick += 1;
                        let verdict = checker.verdict(program, this);
                        assert_eq!(verdict, Ok(true), "{} of {value:?}", rule.rule);
                    }
                }
            }
        }
        assert!(n_quick * 3 > n_all, "{n_quick} of {n_all}");
    }

    #[test]
    fn both_parsers_read_every_bundled_rule_alike() {
        let nodes = super::super::bundle().nodes.iter();
        let rules: Vec<_> = nodes
            .filter_map(|node| node.constraints.as_ref())
            .flat_map(|constraints| constraints.rules.iter())
            .collect();
        assert!(rules.len() > 100, "{}", rules.len());
        for text in rules
            .iter()
            .flat_map(|rule| [&rule.rule, &rule.message_expression])
        {
            let slow = environment().compile(text).ok();
            let slow = slow.as_ref().map(|program| shape(program.expression()));
            assert_eq!(compile(text).as_ref().map(shape), slow, "{text}");
        }
    }
}
