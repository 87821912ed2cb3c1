package main

import (
	"encoding/json"

	"github.com/argoproj/argo-rollouts/pkg/apis/rollouts/v1alpha1"
	appsv1 "k8s.io/api/apps/v1"
	corev1 "k8s.io/api/core/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"
	"k8s.io/kubernetes/pkg/apis/apps"
	appsdefaults "k8s.io/kubernetes/pkg/apis/apps/v1"
	appsvalidation "k8s.io/kubernetes/pkg/apis/apps/validation"
	corevalidation "k8s.io/kubernetes/pkg/apis/core/validation"
)

// Is there an object that the case does not check itself?
func (s *set) has(kind, name string) bool {
	for _, other := range s.others {
		if other.GetKind() == kind && other.GetName() == name {
			return true
		}
	}
	return false
}

// What a router or plugin looks for when it changes the traffic.
func (s *set) routed(canary *v1alpha1.CanaryStrategy) []string {
	routing := canary.TrafficRouting
	wanted := map[string]string{}
	if istio := routing.Istio; istio != nil && istio.DestinationRule != nil {
		wanted["DestinationRule"] = istio.DestinationRule.Name
	}
	if routing.Traefik != nil {
		wanted["TraefikService"] = routing.Traefik.WeightedTraefikServiceName
	}
	if routing.Apisix != nil && routing.Apisix.Route != nil {
		wanted["ApisixRoute"] = routing.Apisix.Route.Name
	}
	if raw, known := routing.Plugins["argoproj-labs/gatewayAPI"]; known {
		var settings struct{ HTTPRoute, Namespace string }
		if json.Unmarshal(raw, &settings) != nil || settings.HTTPRoute == "" || (settings.Namespace != "" && settings.Namespace != "shop") {
			return []string{"router: the plugin finds no route"}
		}
		wanted["HTTPRoute"] = settings.HTTPRoute
	}
	for kind, name := range wanted {
		if !s.has(kind, name) {
			return []string{"router: no " + kind + " " + name}
		}
	}
	return nil
}

// Secrets that a run reads before it measures.
func (s *set) secrets(args []v1alpha1.Argument) []string {
	for _, arg := range args {
		if arg.ValueFrom == nil || arg.ValueFrom.SecretKeyRef == nil {
			continue
		}
		reference := arg.ValueFrom.SecretKeyRef
		found := false
		for _, other := range s.others {
			if other.GetKind() == "Secret" && other.GetName() == reference.Name {
				_, found, _ = unstructured.NestedString(other.Object, "stringData", reference.Key)
			}
		}
		if !found {
			return []string{"run: no key " + reference.Key + " of a Secret " + reference.Name}
		}
	}
	return nil
}

// The ReplicaSets of an experiment, as the API server looks at them.
func replicaSets(experiment *v1alpha1.Experiment) []string {
	var reasons []string
	for _, template := range experiment.Spec.Templates {
		replicas := int32(1)
		if template.Replicas != nil {
			replicas = *template.Replicas
		}
		made := &appsv1.ReplicaSet{
			ObjectMeta: metav1.ObjectMeta{Name: "experiment", Namespace: "shop"},
			Spec: appsv1.ReplicaSetSpec{
				Replicas:        &replicas,
				MinReadySeconds: template.MinReadySeconds,
				Selector:        template.Selector,
				Template:        corev1.PodTemplateSpec(template.Template),
			},
		}
		appsdefaults.SetObjectDefaults_ReplicaSet(made)
		var internal apps.ReplicaSet
		if err := appsdefaults.Convert_v1_ReplicaSet_To_apps_ReplicaSet(made, &internal, nil); err != nil {
			reasons = append(reasons, "pods: "+err.Error())
			continue
		}
		for _, err := range appsvalidation.ValidateReplicaSet(&internal, corevalidation.PodValidationOptions{}) {
			reasons = append(reasons, "pods: "+err.Error())
		}
	}
	return reasons
}
