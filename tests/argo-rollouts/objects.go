package main

import (
	"bufio"
	"bytes"
	"encoding/json"
	"io"

	"github.com/argoproj/argo-rollouts/pkg/apis/rollouts/v1alpha1"
	corev1 "k8s.io/api/core/v1"
	networkingv1 "k8s.io/api/networking/v1"
	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"
	utilyaml "k8s.io/apimachinery/pkg/util/yaml"
	"sigs.k8s.io/yaml"
)

// The objects of a YAML stream.
func read(text []byte) ([]unstructured.Unstructured, error) {
	var objects []unstructured.Unstructured
	reader := utilyaml.NewYAMLReader(bufio.NewReader(bytes.NewReader(text)))
	for {
		document, err := reader.Read()
		if err == io.EOF {
			return objects, nil
		}
		if err != nil {
			return nil, err
		}
		raw, err := yaml.YAMLToJSONStrict(document)
		if err != nil {
			return nil, err
		}
		object := unstructured.Unstructured{}
		if err := object.UnmarshalJSON(raw); err != nil {
			return nil, err
		}
		objects = append(objects, object)
	}
}

// What a case consists of.
type set struct {
	rollouts         []*v1alpha1.Rollout
	experiments      []*v1alpha1.Experiment
	runs             []*v1alpha1.AnalysisRun
	templates        map[string]*v1alpha1.AnalysisTemplate
	clusterTemplates map[string]*v1alpha1.ClusterAnalysisTemplate
	services         map[string]*corev1.Service
	ingresses        map[string]*networkingv1.Ingress
	others           []unstructured.Unstructured
	// Templates by kind and name that something has named.
	used map[string]bool
}

func newSet() *set {
	return &set{
		templates:        map[string]*v1alpha1.AnalysisTemplate{},
		clusterTemplates: map[string]*v1alpha1.ClusterAnalysisTemplate{},
		services:         map[string]*corev1.Service{},
		ingresses:        map[string]*networkingv1.Ingress{},
		used:             map[string]bool{},
	}
}

// Reads the object as strictly as `kubectl argo rollouts lint` does.
func (s *set) add(object unstructured.Unstructured) []string {
	var into any
	name := object.GetName()
	switch object.GetKind() {
	case "Rollout":
		rollout := &v1alpha1.Rollout{}
		s.rollouts = append(s.rollouts, rollout)
		into = rollout
	case "Experiment":
		experiment := &v1alpha1.Experiment{}
		s.experiments = append(s.experiments, experiment)
		into = experiment
	case "AnalysisRun":
		run := &v1alpha1.AnalysisRun{}
		s.runs = append(s.runs, run)
		into = run
	case "AnalysisTemplate":
		s.templates[name] = &v1alpha1.AnalysisTemplate{}
		into = s.templates[name]
	case "ClusterAnalysisTemplate":
		s.clusterTemplates[name] = &v1alpha1.ClusterAnalysisTemplate{}
		into = s.clusterTemplates[name]
	case "Service":
		s.services[name] = &corev1.Service{}
		into = s.services[name]
	case "Ingress":
		s.ingresses[name] = &networkingv1.Ingress{}
		into = s.ingresses[name]
	default:
		s.others = append(s.others, object)
		return nil
	}
	raw, err := object.MarshalJSON()
	if err == nil {
		decoder := json.NewDecoder(bytes.NewReader(raw))
		decoder.DisallowUnknownFields()
		err = decoder.Decode(into)
	}
	if err != nil {
		return []string{"decode: " + err.Error()}
	}
	return nil
}
