package main

import (
	"github.com/argoproj/argo-rollouts/pkg/apis/rollouts/v1alpha1"
	appsv1 "k8s.io/api/apps/v1"
	corev1 "k8s.io/api/core/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"
	"k8s.io/kubernetes/pkg/apis/apps"
	appsdefaults "k8s.io/kubernetes/pkg/apis/apps/v1"
	appsvalidation "k8s.io/kubernetes/pkg/apis/apps/validation"
	corevalidation "k8s.io/kubernetes/pkg/apis/core/validation"
	"k8s.io/kubernetes/pkg/util/labels"
)

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
				Selector:        labels.CloneSelectorAndAddLabel(template.Selector, v1alpha1.DefaultRolloutUniqueLabelKey, "hash"),
				Template:        corev1.PodTemplateSpec(template.Template),
			},
		}
		made.Spec.Template.Labels = labels.CloneAndAddLabel(made.Spec.Template.Labels, v1alpha1.DefaultRolloutUniqueLabelKey, "hash")
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
