package main

import (
	"os"
	"path/filepath"
	"strings"

	"k8s.io/apiextensions-apiserver/pkg/apis/apiextensions"
	apiextensionsv1 "k8s.io/apiextensions-apiserver/pkg/apis/apiextensions/v1"
	"k8s.io/apiextensions-apiserver/pkg/apiserver/validation"
	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"
	"sigs.k8s.io/yaml"
)

// The API server's validators, by kind.
type schemas map[string]validation.SchemaCreateValidator

func readSchemas(folder string) (schemas, error) {
	files, err := filepath.Glob(filepath.Join(folder, "*-crd.yaml"))
	if err != nil {
		return nil, err
	}
	found := schemas{}
	for _, file := range files {
		text, err := os.ReadFile(file)
		if err != nil {
			return nil, err
		}
		var crd apiextensionsv1.CustomResourceDefinition
		if err := yaml.Unmarshal(text, &crd); err != nil {
			return nil, err
		}
		var props apiextensions.JSONSchemaProps
		schema := crd.Spec.Versions[0].Schema.OpenAPIV3Schema
		if err := apiextensionsv1.Convert_v1_JSONSchemaProps_To_apiextensions_JSONSchemaProps(schema, &props, nil); err != nil {
			return nil, err
		}
		validator, _, err := validation.NewSchemaValidator(&props)
		if err != nil {
			return nil, err
		}
		found[crd.Spec.Names.Kind] = validator
	}
	return found, nil
}

func (s schemas) check(object unstructured.Unstructured) []string {
	validator, known := s[object.GetKind()]
	if !known || !strings.HasPrefix(object.GetAPIVersion(), "argoproj.io/") {
		return nil
	}
	var reasons []string
	for _, err := range validation.ValidateCustomResource(nil, object.UnstructuredContent(), validator) {
		reasons = append(reasons, "schema: "+err.Error())
	}
	return reasons
}
