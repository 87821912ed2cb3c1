//! Expressions in CEL over one value, `self`: for rules that are not of a custom resource.

use std::panic::{AssertUnwindSafe, catch_unwind};

use cel::Value as Cel;
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
}
