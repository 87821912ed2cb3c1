//! Expressions in CEL over one value, `self`: for rules that are not of a custom resource.

use std::panic::{AssertUnwindSafe, catch_unwind};

use cel::Value as Cel;
use cel::common::ast::{EntryExpr, Expr, LiteralValue, operators};
use cel::parser::Expression as Program;

use super::{cel as rules, cel_quick, cel_value};
use crate::value::Value;

/// A compiled expression.
#[derive(Debug)]
pub struct Expression(Program);

impl Expression {
    /// What is wrong with the text where it cannot be evaluated here.
    pub fn compile(text: &str) -> Result<Expression, String> {
        if let Some(reason) = rules::reason(text) {
            return Err(reason);
        }
        let program = rules::compile(text);
        let program = program.ok_or("its syntax is not understood here")?;
        Ok(Expression(program))
    }

    /// Whether it is true of `value`; an error where it is not a boolean, or fails.
    pub fn holds(&self, value: &Value) -> Result<bool, String> {
        if cel_quick::holds_plainly(&self.0, value) {
            return Ok(true);
        }
        let value = cel_value::plain(value).ok_or("the value is too large")?;
        let mut context = rules::context();
        context.add_variable_from_value("self", value);
        let run = || Cel::resolve(&self.0, &context);
        match catch_unwind(AssertUnwindSafe(run)) {
            Ok(Ok(Cel::Bool(holds))) => Ok(holds),
            Ok(Ok(_)) => Err("it does not give true or false".to_string()),
            Ok(Err(error)) => Err(cel_value::one_line(&error.to_string())),
            Err(_) => Err("it cannot be evaluated".to_string()),
        }
    }
}

/// What an expression must give, as far as its text alone tells.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Kind {
    Bool,
    Text,
    Any,
}

/// What the API server would say of the text of an expression over `variables` (of which some may
/// be fields of the one called `variables`, written `variables.name`): that it cannot be
/// read, that it names something else, or that it plainly gives a value of another kind. What is
/// too long or nested too deeply to be read here is not judged, nor are functions and fields.
pub fn wrong(text: &str, variables: &[&str], kind: Kind) -> Option<String> {
    if !rules::is_readable(text) {
        return None;
    }
    let Some(program) = rules::compile(text) else {
        return Some("it is no expression in CEL".to_owned());
    };
    if let Some(name) = unknown(&program.expr, &mut variables.to_vec()) {
        return Some(format!("it names `{name}`, which is not known there"));
    }
    let gives = given(&program.expr)?;
    (kind != Kind::Any && gives != kind).then(|| match kind {
        Kind::Bool => "it does not give true or false".to_owned(),
        _ => "it does not give a text".to_owned(),
    })
}

/// The first name that is neither among those known nor of a loop around it. What is read at all is
/// not deep.
fn unknown<'e>(expression: &'e Expr, known: &mut Vec<&'e str>) -> Option<&'e str> {
    match expression {
        Expr::Ident(name) => (!known.contains(&name.as_str())).then_some(name),
        Expr::Select(select) => match &select.operand.expr {
            // `variables.name` has to be one of those that are known by that.
            Expr::Ident(name) if name == "variables" && known.contains(&"variables") => {
                let mut declared = known
                    .iter()
                    .filter_map(|one| one.strip_prefix("variables."));
                let is_known = declared.any(|one| one == select.field);
                (!is_known).then_some(&select.field)
            }
            operand => unknown(operand, known),
        },
        Expr::List(list) => list
            .elements
            .iter()
            .find_map(|one| unknown(&one.expr, known)),
        Expr::Map(map) => map.entries.iter().find_map(|one| entry(&one.expr, known)),
        Expr::Struct(fields) => fields
            .entries
            .iter()
            .find_map(|one| entry(&one.expr, known)),
        Expr::Call(call) => {
            let target = call.target.as_deref();
            // Functions of a library are called as of a variable: `optional.none()`.
            let library =
                |one: &Expr| matches!(one, Expr::Ident(name) if LIBRARIES.contains(&name.as_str()));
            let target = target.filter(|one| !library(&one.expr));
            let mut parts = target.into_iter().chain(&call.args);
            parts.find_map(|one| unknown(&one.expr, known))
        }
        Expr::Comprehension(each) => {
            let outer = unknown(&each.iter_range.expr, known);
            let outer = outer.or_else(|| unknown(&each.accu_init.expr, known));
            if outer.is_some() {
                return outer;
            }
            let before = known.len();
            known.extend([each.iter_var.as_str(), each.accu_var.as_str()]);
            known.extend(each.iter_var2.as_deref());
            let inner = [&each.loop_cond, &each.loop_step, &each.result];
            let found = inner.into_iter().find_map(|one| unknown(&one.expr, known));
            known.truncate(before);
            found
        }
        _ => None,
    }
}

const LIBRARIES: &[&str] = &[
    "optional", "math", "base64", "sets", "ip", "cidr", "format", "strings", "lists",
];

fn entry<'e>(entry: &'e EntryExpr, known: &mut Vec<&'e str>) -> Option<&'e str> {
    match entry {
        EntryExpr::StructField(field) => unknown(&field.value.expr, known),
        EntryExpr::MapEntry(pair) => {
            unknown(&pair.key.expr, known).or_else(|| unknown(&pair.value.expr, known))
        }
    }
}

/// The kind of what it gives, where that is plain; `Any` stands for every other one.
fn given(expression: &Expr) -> Option<Kind> {
    match expression {
        Expr::Literal(LiteralValue::Boolean(_)) => Some(Kind::Bool),
        Expr::Literal(LiteralValue::String(_)) => Some(Kind::Text),
        Expr::Literal(_) | Expr::List(_) | Expr::Map(_) => Some(Kind::Any),
        Expr::Call(call) => match call.func_name.as_str() {
            operators::LOGICAL_AND
            | operators::LOGICAL_OR
            | operators::LOGICAL_NOT
            | operators::EQUALS
            | operators::NOT_EQUALS
            | operators::IN
            | operators::LESS
            | operators::LESS_EQUALS
            | operators::GREATER
            | operators::GREATER_EQUALS
            | "startsWith"
            | "endsWith"
            | "contains"
            | "matches" => Some(Kind::Bool),
            "string" | "lowerAscii" | "upperAscii" => Some(Kind::Text),
            operators::NEGATE | "size" | "int" | "duration" | "timestamp" => Some(Kind::Any),
            _ => None,
        },
        Expr::Select(select) if select.test => Some(Kind::Bool),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_expression_is_asked_of_a_value() {
        let value = Value::Map([("pods".into(), Value::Int(3))].into_iter().collect());
        let holds = |text| Expression::compile(text).and_then(|one| one.holds(&value));
        assert_eq!(holds("self.pods > 2"), Ok(true));
        assert_eq!(holds("self.pods > 3"), Ok(false));
        assert!(holds("self.pods").is_err());
        assert!(holds("self.absent > 1").is_err());
        assert!(holds("self.pods >").is_err());
        assert!(holds("authorizer.allowed()").is_err());
    }

    #[test]
    fn an_expression_is_judged_by_its_text() {
        let table: &[(&str, Kind, Option<&str>)] = &[
            ("object.spec.replicas <= 5", Kind::Bool, None),
            ("object.items.all(one, one.x > 1)", Kind::Bool, None),
            ("has(object.spec)", Kind::Bool, None),
            (
                "authorizer.path('/a').check('get').allowed()",
                Kind::Bool,
                None,
            ),
            (
                "object.spec.",
                Kind::Bool,
                Some("it is no expression in CEL"),
            ),
            ("@daily", Kind::Any, Some("it is no expression in CEL")),
            (
                "other > 1",
                Kind::Bool,
                Some("it names `other`, which is not known there"),
            ),
            ("1", Kind::Bool, Some("it does not give true or false")),
            ("variables.a > 1", Kind::Bool, None),
            (
                "variables.b > 1",
                Kind::Bool,
                Some("it names `b`, which is not known there"),
            ),
            ("object.x == 1", Kind::Text, Some("it does not give a text")),
            ("'too many: ' + string(object.x)", Kind::Text, None),
        ];
        for (text, kind, expected) in table {
            let found = wrong(
                text,
                &["object", "authorizer", "variables", "variables.a"],
                *kind,
            );
            assert_eq!(found.as_deref(), *expected, "{text}");
        }
        assert_eq!(wrong(&"(".repeat(10_000), &[], Kind::Any), None);
    }
}
