package main

import (
	"os"
	"path/filepath"
	"strings"

	"k8s.io/apiextensions-apiserver/pkg/apis/apiextensions"
	apiextensionsv1 "k8s.io/apiextensions-apiserver/pkg/apis/apiextensions/v1"
	structural "k8s.io/apiextensions-apiserver/pkg/apiserver/schema"
	"k8s.io/apiextensions-apiserver/pkg/apiserver/schema/defaulting"
	"k8s.io/apiextensions-apiserver/pkg/apiserver/schema/pruning"
	"k8s.io/apiextensions-apiserver/pkg/apiserver/validation"
	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"
	"sigs.k8s.io/yaml"
)

// What the API server knows of the controller's kinds.
type schemas map[string]known

type known struct {
	validator validation.SchemaCreateValidator
	structure *structural.Structural
}

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
		structure, err := structural.NewStructural(&props)
		if err != nil {
			return nil, err
		}
		found[crd.Spec.Names.Kind] = known{validator, structure}
	}
	return found, nil
}

// Drops nulls and fills in defaults as the API server does, then validates.
func (s schemas) check(object unstructured.Unstructured) []string {
	kind, known := s[object.GetKind()]
	if !known || !strings.HasPrefix(object.GetAPIVersion(), "argoproj.io/") {
		return nil
	}
	defaulting.PruneNonNullableNullsWithoutDefaults(object.Object, kind.structure)
	defaulting.Default(object.Object, kind.structure)
	var reasons []string
	// A field that is not in the schema is refused where fields are looked at strictly.
	tracked := structural.UnknownFieldPathOptions{TrackUnknownFieldPaths: true}
	unknown := pruning.PruneWithOptions(object.DeepCopy().Object, kind.structure, true, tracked)
	for _, field := range unknown {
		reasons = append(reasons, "schema: unknown field "+field)
	}
	for _, err := range validation.ValidateCustomResource(nil, object.UnstructuredContent(), kind.validator) {
		reasons = append(reasons, "schema: "+err.Error())
	}
	return reasons
}
