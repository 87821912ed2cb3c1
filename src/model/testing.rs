//! A small sound fleet for tests of checks, and tables of what breaks it in one place.

use crate::diagnostic::{Diagnostic, Diagnostics};
use crate::source::{SourceFile, SourceTree};

/// Path, text; `/*+*/` marks where rows add something.
const FILES: &[(&str, &str)] = &[
    (
        "fleet.kdl",
        r#"fleet "shop" {
            publish repository="https://git.example.com/deploy.git" branch="main" path="generated"
            images "registry.example.com/shop"
            registries "registry.example.com"
            team "payments" group="shop:payments" { approvers "dana" "eli" }
            /*+*/
        }"#,
    ),
    (
        "prod/environment.kdl",
        r#"environment "prod" {
            target kubernetes="1.36" argo-cd="3.5" argo-rollouts="1.10"
            cluster server="https://prod.example.com" zones=3
            traffic "edge" gateway="edge/public" domain="example.com" convention="envoy-gateway"
            metrics prometheus="http://prometheus.monitoring:9090" scraper="monitoring" scrape="15s"
            secrets store="ClusterSecretStore/vault"
            install "vault"
            deploy "cart" "web" "job"
            /*+*/
        }"#,
    ),
    (
        "prod/releases.yaml",
        "cart: {version: '1.0.0', digest: 'sha256:DIGEST'}\n\
         web: {version: '1.0.1', digest: 'sha256:DIGEST'}\n\
         job: {version: '1.0.2', digest: 'sha256:DIGEST'}\n\
         vault: {version: '2.0.0'}\n",
    ),
    (
        "services/cart.kdl",
        r#"service "cart" owner="payments" {
            http 8080 as=80
            ready "/readyz"
            rollout rolling
            /*+*/
        }"#,
    ),
    (
        "services/web.kdl",
        r#"service "web" owner="payments" {
            http 8080
            live "/livez"
            expose host="www" path="/"
            calls { CART_ADDR "cart" }
            rollout canary { steps 25 50 100; observe "15m"; require errors="<1%" }
            /*+*/
        }"#,
    ),
    (
        "services/job.kdl",
        r#"service "job" owner="payments" {
            rollout rolling
            secret "store" path="job/store" { env STORE_KEY="key"; }
            /*+*/
        }"#,
    ),
    (
        "components/vault.kdl",
        r#"component "vault" owner="payments" {
            chart "vault" repository="https://charts.example.com"
            namespace "vault"
            endpoint "server" service="vault" port=8200
            /*+*/
        }"#,
    ),
    ("also/check.sh", "true\n"),
];

/// The sound fleet with `from` replaced by `to` in the file that begins with `file`. `+` adds; a
/// file that is not there is made of `to`.
pub fn tree(edits: &[(&str, &str, &str)]) -> SourceTree {
    let digest = "0123456789abcdef".repeat(4);
    let mut files: Vec<(String, String)> = FILES
        .iter()
        .map(|(path, text)| (path.to_string(), text.replace("DIGEST", &digest)))
        .collect();
    for (file, from, to) in edits {
        let from = if *from == "+" { "/*+*/" } else { from };
        match files
            .iter_mut()
            .find(|(path, _)| path.starts_with(file) || path.contains(&format!("/{file}")))
        {
            Some((path, text)) => {
                assert!(text.contains(from), "{path} holds no {from}");
                *text = text.replacen(from, to, 1);
            }
            None => files.push((file.to_string(), to.to_string())),
        }
    }
    SourceTree::new(files.into_iter().map(|(path, text)| SourceFile {
        path: format!("environments/{path}"),
        text,
    }))
}

/// Rows of a table, each one edit of the sound fleet and what is found then:
/// `file | from | to | code | text of the place | part of the message`, or `file | from | to | fine`.
/// A part of the help may stand behind it.
/// A second code after a comma is a consequence that may be there too.
pub fn assert_table(table: &str, check: impl Fn(&SourceTree, &mut Diagnostics)) {
    let found = |edits: &[(&str, &str, &str)]| {
        let sources = tree(edits);
        let mut diags = Diagnostics::new();
        check(&sources, &mut diags);
        (diags.into_sorted(), sources)
    };
    let (sound, sources) = found(&[]);
    assert_eq!(lines(&sound, &sources), "", "the sound fleet");
    let mut failures = Vec::new();
    let rows = table
        .lines()
        .filter(|line| !line.is_empty() && !line.starts_with('#'));
    for row in rows {
        let columns: Vec<_> = row.split('|').map(str::trim).collect();
        let (list, sources) = found(&[(columns[0], columns[1], &columns[2].replace("\\n", "\n"))]);
        if !holds(&columns[3..], &list, &sources) {
            failures.push(format!("{row}\n    {}", lines(&list, &sources)));
        }
    }
    assert!(failures.is_empty(), "{}", failures.join("\n\n"));
}

fn place(one: &Diagnostic, sources: &SourceTree) -> String {
    let text = one
        .labels
        .first()
        .map_or("", |label| sources.slice(label.span));
    text.split_whitespace().collect::<Vec<_>>().join(" ")
}

fn lines(list: &[Diagnostic], sources: &SourceTree) -> String {
    let line = |one: &Diagnostic| {
        format!(
            "{} at [{}]: {} ({:?})",
            one.code.name,
            place(one, sources),
            one.message,
            one.help
        )
    };
    list.iter().map(line).collect::<Vec<_>>().join("\n    ")
}

fn holds(wanted: &[&str], list: &[Diagnostic], sources: &SourceTree) -> bool {
    let (codes, span, message, help) = match wanted[..] {
        [codes, span, message] => (codes, span, message, ""),
        [codes, span, message, help] => (codes, span, message, help),
        _ => return wanted == ["fine"] && list.is_empty(),
    };
    let codes: Vec<_> = codes.split(", ").collect();
    let is_wanted = |one: &Diagnostic| {
        let has_help = one.help.as_ref().is_some_and(|one| one.contains(help));
        let at = place(one, sources) == span;
        one.code.name == codes[0] && one.message.contains(message) && at && has_help
    };
    let is_known = |one: &Diagnostic| codes.contains(&one.code.name) && one.help.is_some();
    list.iter().any(is_wanted) && list.iter().all(is_known)
}
