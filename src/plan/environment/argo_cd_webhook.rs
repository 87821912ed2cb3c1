//! ExternalSecret `argocd-webhook`: the secret that the repository's host signs its calls with, put
//! into `argocd-secret`, where Argo CD looks for it. Without it anybody may call.
//!
//! Source: argo-cd `docs/operator-manual/webhook.md` (the keys of `argocd-secret`).

use super::Part;
use crate::diagnostic::{Diagnostic, Diagnostics};
use crate::draft::Traced;
use crate::plan::Planned;
use crate::plan::scope::Scope;
use crate::source::Span;
use crate::spec::language::Webhook;
use crate::spec::text::RepositoryHost;

pub const PART: Part = Part {
    kind: "ExternalSecret",
    template: "argo-cd-webhook",
    lower,
};

crate::codes! {
    /// The host of the repository tells Argo CD of commits, and signs what it says with a secret that
    /// both know. It comes from the store of the environment, which every namespace may read: that of
    /// Argo CD as well. Without it anybody could make Argo CD read the repository again and again.
    ///
    /// Write all of it: `sync auto { webhook "github" path="argo-cd/webhook" key="secret" }`, and
    /// `secrets store="ClusterSecretStore/vault"`. The same secret, and `https://<Argo CD>/api/webhook`,
    /// are entered where the repository lives.
    WRONG_WEBHOOK = "wrong-webhook": "a webhook that nobody could trust";
}

/// The key of `argocd-secret`.
fn key(host: RepositoryHost) -> &'static str {
    match host {
        RepositoryHost::GitHub => "webhook.github.secret",
        RepositoryHost::GitLab => "webhook.gitlab.secret",
        RepositoryHost::Gogs => "webhook.gogs.secret",
        RepositoryHost::Bitbucket => "webhook.bitbucket.uuid",
        RepositoryHost::BitbucketServer => "webhook.bitbucketserver.secret",
    }
}

fn lower(scope: &Scope, diags: &mut Diagnostics) -> Vec<Planned> {
    let sync = scope.environment.spec.sync.as_ref();
    let Some(webhook) = sync.and_then(|sync| sync.webhook.as_ref()) else {
        return Vec::new();
    };
    match secret(scope, webhook) {
        Ok(planned) => vec![planned],
        Err((message, span)) => {
            diags.push(
                Diagnostic::error(WRONG_WEBHOOK, message)
                    .at(span, "commits are announced here")
                    .help("write `webhook \"github\" path=\"argo-cd/webhook\" key=\"secret\"`, and a `ClusterSecretStore` in `secrets`"),
            );
            Vec::new()
        }
    }
}

fn secret(scope: &Scope, webhook: &Webhook) -> Result<Planned, (String, Span)> {
    let lacks = |what: &str| (format!("the webhook does not say {what}"), webhook.span);
    let host = webhook.from.as_ref().ok_or_else(|| lacks("who calls"))?;
    let path = webhook.path.as_ref();
    let path = path.ok_or_else(|| lacks("where its secret lies"))?;
    let property = webhook.key.as_ref();
    let property = property.ok_or_else(|| lacks("the key of its secret"))?;
    let secrets = scope.environment.spec.secrets.as_ref();
    let store = secrets.and_then(|secrets| secrets.store.as_ref());
    let store = store.filter(|at| at.value.kind() == "ClusterSecretStore");
    let Some(store) = store else {
        let name = &scope.environment.name.text;
        let message = format!(
            "the secret of the webhook is read by Argo CD, and `{name}` has no store that its namespace may read"
        );
        return Err((message, webhook.span));
    };
    let prefix = secrets.and_then(|secrets| secrets.prefix.as_ref());
    let prefix = prefix.map_or("", |at| at.value.as_str());
    let refresh = match secrets.and_then(|secrets| secrets.refresh.as_ref()) {
        Some(at) => Traced::from(at.value.to_string()).at(at.span),
        None => Traced::from("1h").by_default("refresh"),
    };
    let context = Traced::map()
        .with("labels", scope.labels())
        .with("refresh", refresh)
        .with("storeKind", Traced::from(store.value.kind()).at(store.span))
        .with("storeName", Traced::from(store.value.name()).at(store.span))
        .with("key", Traced::from(key(host.value)).at(host.span))
        .with(
            "remote",
            Traced::from(format!("{prefix}{}", path.value.as_str())).at(path.span),
        )
        .with(
            "property",
            Traced::from(&property.value.0).at(property.span),
        );
    let file = "bootstrap/external-secret-argocd-webhook";
    Ok(scope.planned(file, PART.template, context, scope.origin()))
}
