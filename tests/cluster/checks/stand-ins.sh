#!/usr/bin/env bash
# Plays the controllers that the cluster does not have, until it is ended: gateways and ingress controllers take what is attached to them,
# External Secrets find their secrets, autoscalers have their metrics. Without it Argo CD would call these objects Progressing for ever.
# shellcheck source=lib.sh
. "$(dirname "$0")/lib.sh"

verdicts='
def condition($type; $reason): {type: $type, status: "True", reason: $reason, message: "stand-in", lastTransitionTime: (now | todate)};
def observed: .metadata.generation as $generation | condition("Accepted"; "Accepted"), condition("ResolvedRefs"; "ResolvedRefs")
  | . + {observedGeneration: $generation};
def status:
  if .kind == "HTTPRoute" or .kind == "GRPCRoute" then
    {parents: [.spec.parentRefs[] as $parent | {parentRef: $parent, controllerName: "example.com/stand-in", conditions: [observed]}]}
  elif .kind == "Ingress" then {loadBalancer: {ingress: [{ip: "192.0.2.1"}]}}
  elif .kind == "ExternalSecret" then {conditions: [condition("Ready"; "SecretSynced")]}
  else {currentReplicas: .spec.minReplicas, desiredReplicas: .spec.minReplicas, currentMetrics: [],
        conditions: [condition("AbleToScale"; "ReadyForNewScale"), condition("ScalingActive"; "ValidMetricFound")]} end;
def settled: if .status.parents then .status.parents[0].conditions[0].observedGeneration == .metadata.generation
  else (.status.loadBalancer.ingress // .status.conditions) != null end;
.items[] | select(settled | not)
  | "\(.kind)/\(.metadata.name)", .metadata.namespace, ({status: status} | tojson)'

while sleep 1; do
  kubectl get httproutes,grpcroutes,ingresses,externalsecrets,horizontalpodautoscalers -A -o json 2>/dev/null |
    jq -r "$verdicts" |
    while read -r object && read -r namespace && read -r patch; do
      kubectl patch "$object" -n "$namespace" --subresource status --type merge -p "$patch" || true
    done
done
