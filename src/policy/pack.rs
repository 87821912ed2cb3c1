//! Packs: files of rules. Two are built in, the others are the user's own.

use std::sync::Mutex;

use super::rule::{Rule, Test};
use super::{CODES, WRONG_POLICY, schema, words};
use crate::diagnostic::{Code, Diagnostic, Diagnostics, Severity};
use crate::schema::expression::Expression;
use crate::source::{FileId, SourceTree, Span};
use crate::spec::problem::nearest;
use crate::spec::scalar::{Scalar, one_of};
use crate::spec::text::Name;
use crate::syntax::{Yaml, YamlKind, yaml};
use crate::value::Str;

/// Path and text of the built-in packs.
const BUILT_IN: [(&str, &str); 2] = [
    (
        "schemas/policy/baseline.yaml",
        include_str!("../../schemas/policy/baseline.yaml"),
    ),
    (
        "schemas/policy/production.yaml",
        include_str!("../../schemas/policy/production.yaml"),
    ),
];

/// Rules under one name, whose level an environment may set.
#[derive(Debug)]
pub struct Pack {
    pub name: Str,
    pub rules: Vec<Rule>,
}

/// The built-in packs, then those of `schemas/policy/*.yaml`.
pub fn packs(sources: &SourceTree, diags: &mut Diagnostics) -> Vec<Pack> {
    let mut packs = Vec::new();
    for (path, text) in BUILT_IN {
        // A repository may hold the same text, as that of the program does.
        let file = sources.find(path).unwrap_or(FileId(u32::MAX));
        packs.extend(read(file, text, None, diags));
    }
    let own = sources.iter().filter(|(_, file)| {
        let folder = file.path.strip_prefix("schemas/policy/");
        folder.is_some_and(|name| name.ends_with(".yaml") && !name.contains('/'))
    });
    for (id, file) in own {
        if BUILT_IN.iter().any(|(_, text)| *text == file.text) {
            continue;
        }
        if let Some(pack) = read(id, &file.text, Some(sources), diags) {
            add(&mut packs, pack, id, diags);
        }
    }
    packs
}

fn add(packs: &mut Vec<Pack>, pack: Pack, file: FileId, diags: &mut Diagnostics) {
    let start = Span::new(file, 0, 0);
    if packs.iter().any(|other| other.name == pack.name) {
        let message = format!("there are two policy packs called `{}`", pack.name);
        diags.push(wrong(message, start, "choose another name"));
        return;
    }
    let known = |code: &Code| {
        packs
            .iter()
            .flat_map(|pack| &pack.rules)
            .any(|rule| rule.code == code)
    };
    for rule in pack.rules.iter().filter(|rule| known(rule.code)) {
        let message = format!("there are two rules called `{}`", rule.code.name);
        diags.push(wrong(message, start, "choose another code"));
    }
    packs.push(pack);
}

fn wrong(message: impl Into<String>, span: Span, help: &str) -> Diagnostic {
    Diagnostic::error(WRONG_POLICY, message)
        .at(span, "in this policy")
        .help(help)
}

/// Members of a map that are read one by one; what is left over is unknown.
struct Fields<'a> {
    entries: &'a [(crate::syntax::Scalar, Yaml)],
    span: Span,
}

impl<'a> Fields<'a> {
    fn new(value: &'a Yaml, known: &[&str], diags: &mut Diagnostics) -> Option<Fields<'a>> {
        let YamlKind::Map(entries) = &value.kind else {
            diags.push(wrong(
                "a policy is a map of fields",
                value.span,
                &format!("write {}", one_of(known)),
            ));
            return None;
        };
        for (key, _) in entries
            .iter()
            .filter(|(key, _)| !known.contains(&key.text.as_str()))
        {
            let help = match nearest(&key.text, known.iter().copied()) {
                Some(near) => format!("did you mean `{near}`?"),
                None => format!("use {}", one_of(known)),
            };
            diags.push(wrong(
                format!("a policy has no field `{}`", key.text),
                key.span,
                &help,
            ));
        }
        Some(Fields {
            entries,
            span: value.span,
        })
    }

    fn get(&self, name: &str) -> Option<&'a Yaml> {
        self.entries
            .iter()
            .find(|(key, _)| key.text == name)
            .map(|(_, value)| value)
    }

    fn text(&self, name: &str, diags: &mut Diagnostics) -> Option<(Str, Span)> {
        match self.get(name).map(|value| (&value.kind, value.span)) {
            Some((YamlKind::Scalar(scalar), span)) if !scalar.text.is_empty() => {
                Some((scalar.text.clone(), span))
            }
            found => {
                let span = found.map_or(self.span, |(_, span)| span);
                diags.push(wrong(
                    format!("a policy needs a text for `{name}`"),
                    span,
                    &format!("write `{name}: …`"),
                ));
                None
            }
        }
    }

    fn texts(&self, name: &str) -> Vec<Str> {
        let spanned = self.spanned(name).into_iter();
        spanned.map(|(text, _)| text).collect()
    }

    /// One text, or a list of them.
    fn spanned(&self, name: &str) -> Vec<(Str, Span)> {
        let list = match self.get(name) {
            Some(Yaml {
                kind: YamlKind::List(list),
                ..
            }) => list.as_slice(),
            Some(value) => std::slice::from_ref(value),
            None => &[],
        };
        let texts = list.iter().filter_map(|value| match &value.kind {
            YamlKind::Scalar(scalar) => Some((scalar.text.clone(), value.span)),
            _ => None,
        });
        texts.collect()
    }
}

fn check_words(fields: &Fields, sources: &SourceTree, diags: &mut Diagnostics) {
    if let Some(schema) = fields.get("schema") {
        words::schema(schema, diags);
    }
    words::selects(&fields.spanned("selects"), sources, diags);
    for field in ["message", "help"] {
        for (text, span) in fields.spanned(field) {
            words::placeholders(&text, span, diags);
        }
    }
}

const RULE: &[&str] = &[
    "code", "severity", "selects", "schema", "cel", "check", "message", "help", "link", "controls",
    "explain",
];

/// `own` are the sources of a pack that is not built in.
fn read(
    file: FileId,
    text: &str,
    own: Option<&SourceTree>,
    diags: &mut Diagnostics,
) -> Option<Pack> {
    let value = yaml::read(file, text, diags)?;
    let fields = Fields::new(&value, &["policy", "rules"], diags)?;
    let (name, span) = fields.text("policy", diags)?;
    if let Err(why) = Name::parse(&name) {
        diags.push(wrong(
            format!("`{name}` is not a name: {why}"),
            span,
            "choose another name",
        ));
    }
    let Some(YamlKind::List(list)) = fields.get("rules").map(|rules| &rules.kind) else {
        diags.push(wrong(
            "a policy has a list of `rules`",
            fields.span,
            "write `rules:` and a list",
        ));
        return None;
    };
    let rules = list
        .iter()
        .filter_map(|value| rule(value, own, diags))
        .collect();
    Some(Pack { name, rules })
}

fn rule(value: &Yaml, own: Option<&SourceTree>, diags: &mut Diagnostics) -> Option<Rule> {
    let fields = Fields::new(value, RULE, diags)?;
    let n_errors = diags.n_errors();
    if let Some(sources) = own {
        check_words(&fields, sources, diags);
    }
    let is_meant = diags.n_errors() == n_errors;
    let (name, span) = fields.text("code", diags)?;
    let (level, at) = fields.text("severity", diags)?;
    let severity = severity(&level, at, diags)?;
    let message = fields.text("message", diags)?.0;
    let help = fields.text("help", diags)?.0;
    let selects = fields.texts("selects");
    if selects.is_empty() {
        let help =
            "write `selects: service`, `environment`, `component` or a kind such as `Deployment`";
        diags.push(wrong(
            format!("the rule `{name}` selects nothing"),
            fields.span,
            help,
        ));
    }
    let test = test(&fields, &name, &selects, diags)?;
    let explain = fields.texts("explain").into_iter().next();
    let code = match (own.is_none(), CODES.iter().find(|code| code.name == name)) {
        (true, Some(code)) => code,
        (_, Some(_)) => {
            diags.push(wrong(
                format!("`{name}` is a code of the program"),
                span,
                "choose another code",
            ));
            return None;
        }
        (_, None) => own_code(
            &name,
            &message,
            explain.as_deref().unwrap_or(&help),
            span,
            diags,
        )?,
    };
    let link = fields.texts("link").into_iter().next();
    let controls = fields.texts("controls");
    // What a rule says that is not meant so would only follow from its mistake.
    let selects = if is_meant { selects } else { Vec::new() };
    Some(Rule {
        code,
        severity,
        selects,
        test,
        message,
        help,
        link,
        controls,
    })
}

fn severity(text: &str, span: Span, diags: &mut Diagnostics) -> Option<Severity> {
    match text {
        "error" => Some(Severity::Error),
        "warning" => Some(Severity::Warning),
        other => {
            let message = format!("`{other}` is not a severity");
            diags.push(wrong(message, span, "use `error` or `warning`"));
            None
        }
    }
}

fn test(fields: &Fields, name: &str, selects: &[Str], diags: &mut Diagnostics) -> Option<Test> {
    let given: Vec<_> = ["schema", "cel", "check"]
        .into_iter()
        .filter(|word| fields.get(word).is_some())
        .collect();
    let [word] = given[..] else {
        let message = format!("the rule `{name}` needs exactly one of `schema`, `cel` and `check`");
        diags.push(wrong(
            message,
            fields.span,
            "write what must hold as `schema:` or `cel:`",
        ));
        return None;
    };
    let value = fields.get(word)?;
    let made = match word {
        "schema" => schema::compile(&yaml::to_value(value)).map(|one| Test::Schema(Box::new(one))),
        "cel" => Expression::compile(&fields.text("cel", diags)?.0).map(Test::Cel),
        _ => match fields.text("check", diags)?.0.as_str() {
            "registries" => looks_at(selects, Test::Registries, &["service", "pod"]),
            "secrets" => {
                let known = ["service", "pod", "Secret", "ConfigMap"];
                looks_at(selects, Test::Secrets, &known)
            }
            _ => Err("there are `registries` and `secrets`".to_string()),
        },
    };
    match made {
        Ok(test) => Some(test),
        Err(why) => {
            diags.push(wrong(
                format!("the `{word}` of `{name}` cannot be used: {why}"),
                value.span,
                "correct it",
            ));
            None
        }
    }
}

/// A check in the program is only for some subjects.
fn looks_at(selects: &[Str], test: Test, known: &[&str]) -> Result<Test, String> {
    match selects.iter().all(|word| known.contains(&word.as_str())) {
        true => Ok(test),
        false => Err(format!("it looks at {} only", one_of(known))),
    }
}

/// Codes live as long as the program; the same rule read again gives the same one.
fn own_code(
    name: &str,
    message: &str,
    explain: &str,
    span: Span,
    diags: &mut Diagnostics,
) -> Option<&'static Code> {
    if let Err(why) = Name::parse(name) {
        diags.push(wrong(
            format!("`{name}` is not a code: {why}"),
            span,
            "write it like `no-team-label`",
        ));
        return None;
    }
    static OWN: Mutex<Vec<&'static Code>> = Mutex::new(Vec::new());
    let mut own = OWN
        .lock()
        .unwrap_or_else(std::sync::PoisonError::into_inner);
    // A summary speaks of no one thing.
    let message = &message.replace("`{name}`", "it").replace("{name}", "it");
    let same =
        |code: &&&Code| code.name == name && code.summary == message && code.explanation == explain;
    if let Some(code) = own.iter().find(same) {
        return Some(code);
    }
    let keep = |text: &str| -> &'static str { Box::leak(text.to_string().into_boxed_str()) };
    let code: &'static Code = Box::leak(Box::new(Code {
        name: keep(name),
        summary: keep(message),
        explanation: keep(explain),
    }));
    own.push(code);
    Some(code)
}
