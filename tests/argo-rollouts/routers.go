package main

import (
	"context"
	"encoding/json"
	"strings"

	"github.com/argoproj/argo-rollouts/pkg/apis/rollouts/v1alpha1"
	"github.com/argoproj/argo-rollouts/rollout/trafficrouting/ambassador"
	"github.com/argoproj/argo-rollouts/rollout/trafficrouting/apisix"
	"github.com/argoproj/argo-rollouts/rollout/trafficrouting/appmesh"
	"github.com/argoproj/argo-rollouts/rollout/trafficrouting/istio"
	"github.com/argoproj/argo-rollouts/rollout/trafficrouting/traefik"
	apisixutil "github.com/argoproj/argo-rollouts/utils/apisix"
	"github.com/argoproj/argo-rollouts/utils/defaults"
	"github.com/argoproj/argo-rollouts/utils/record"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"
	"k8s.io/apimachinery/pkg/runtime"
	"k8s.io/client-go/dynamic"
	"k8s.io/client-go/dynamic/fake"
)

const namespace = "shop"

// A cluster that has the objects of the case which the controller only knows as data.
func (s *set) cluster() dynamic.Interface {
	var objects []runtime.Object
	for _, other := range s.others {
		// Whatever version it was written in, it is served in the one that is asked for.
		if strings.HasPrefix(other.GetAPIVersion(), "networking.istio.io/") {
			other = *other.DeepCopy()
			other.SetAPIVersion("networking.istio.io/" + defaults.GetIstioAPIVersion())
		}
		objects = append(objects, &other)
	}
	return fake.NewSimpleDynamicClient(runtime.NewScheme(), objects...)
}

// Is there an object that the case does not check itself?
func (s *set) has(kind, name string) bool {
	for _, other := range s.others {
		if other.GetKind() == kind && other.GetName() == name {
			return true
		}
	}
	return false
}

// The mappings that the controller looks up before it begins.
func (s *set) mappings(canary *v1alpha1.CanaryStrategy) ([]unstructured.Unstructured, []string) {
	if canary.TrafficRouting.Ambassador == nil {
		return nil, nil
	}
	names := canary.TrafficRouting.Ambassador.Mappings
	if len(names) == 0 {
		return nil, []string{"reference: must provide at least one mapping"}
	}
	client := s.cluster().Resource(ambassador.GetMappingGVR()).Namespace(namespace)
	var found []unstructured.Unstructured
	for _, name := range names {
		mapping, err := client.Get(context.Background(), name, metav1.GetOptions{})
		if err != nil {
			return nil, []string{"reference: " + err.Error()}
		}
		found = append(found, *mapping)
	}
	return found, nil
}

// The router behind a virtual service of App Mesh, looked up before it begins.
func (s *set) virtualRouters(canary *v1alpha1.CanaryStrategy) ([]unstructured.Unstructured, []string) {
	mesh := canary.TrafficRouting.AppMesh
	if mesh == nil {
		return nil, nil
	}
	if mesh.VirtualService == nil {
		return nil, []string{"reference: must provide virtual-service"}
	}
	client := appmesh.NewResourceClient(s.cluster())
	service, err := client.GetVirtualServiceCR(context.Background(), namespace, mesh.VirtualService.Name)
	if err != nil {
		return nil, []string{"reference: " + err.Error()}
	}
	router, err := client.GetVirtualRouterCRForVirtualService(context.Background(), service)
	if err != nil {
		return nil, []string{"reference: " + err.Error()}
	}
	return []unstructured.Unstructured{*router}, nil
}

// What each router says when it is told a weight for the first time.
func (s *set) routed(rollout *v1alpha1.Rollout) []string {
	canary := rollout.Spec.Strategy.Canary
	if canary == nil || canary.TrafficRouting == nil {
		return nil
	}
	routing := canary.TrafficRouting
	client := s.cluster()
	var reasons []string
	told := func(router string, err error) {
		if err != nil {
			reasons = append(reasons, "router: "+router+": "+err.Error())
		}
	}
	if routing.Istio != nil && routing.Istio.DestinationRule != nil {
		reconciler := istio.NewReconciler(rollout, client, record.NewFakeEventRecorder(), nil, nil, nil)
		told("istio", reconciler.UpdateHash("abc", "def"))
	}
	if routing.AppMesh != nil {
		reconciler := appmesh.NewReconciler(appmesh.ReconcilerConfig{Rollout: rollout, Client: client, Recorder: record.NewFakeEventRecorder()})
		told("appMesh", reconciler.UpdateHash("abc", "def"))
		told("appMesh", reconciler.SetWeight(20))
	}
	if routing.Traefik != nil {
		at := traefik.NewDynamicClient(client, namespace)
		reconciler := traefik.NewReconciler(&traefik.ReconcilerConfig{Rollout: rollout, Client: at, Recorder: record.NewFakeEventRecorder()})
		told("traefik", reconciler.SetWeight(20))
	}
	if routing.Apisix != nil {
		at := apisixutil.NewDynamicClient(client, namespace)
		reconciler := apisix.NewReconciler(&apisix.ReconcilerConfig{Rollout: rollout, Client: at, Recorder: record.NewFakeEventRecorder()})
		told("apisix", reconciler.SetWeight(20))
	}
	if routing.SMI != nil {
		name := routing.SMI.TrafficSplitName
		if name == "" {
			name = rollout.Name
		}
		for _, other := range s.others {
			if other.GetKind() == "TrafficSplit" && other.GetName() == name && !metav1.IsControlledBy(&other, rollout) {
				reasons = append(reasons, "router: the rollout does not own TrafficSplit "+name)
			}
		}
	}
	return append(reasons, s.plugin(routing)...)
}

// The routes that the plugin for the Gateway API changes: its own code is not at hand.
func (s *set) plugin(routing *v1alpha1.RolloutTrafficRouting) []string {
	raw, known := routing.Plugins["argoproj-labs/gatewayAPI"]
	if !known {
		return nil
	}
	type named struct{ Name string }
	var settings struct {
		HTTPRoute, GRPCRoute, TCPRoute, TLSRoute, Namespace string
		HTTPRoutes, GRPCRoutes, TCPRoutes, TLSRoutes        []named
	}
	if json.Unmarshal(raw, &settings) != nil || (settings.Namespace != "" && settings.Namespace != namespace) {
		return []string{"router: the plugin finds no route"}
	}
	count := 0
	for kind, names := range map[string][]named{
		"HTTPRoute": append(settings.HTTPRoutes, named{settings.HTTPRoute}),
		"GRPCRoute": append(settings.GRPCRoutes, named{settings.GRPCRoute}),
		"TCPRoute":  append(settings.TCPRoutes, named{settings.TCPRoute}),
		"TLSRoute":  append(settings.TLSRoutes, named{settings.TLSRoute}),
	} {
		for index, one := range names {
			if one.Name == "" && index == len(names)-1 {
				continue
			}
			count++
			if !s.has(kind, one.Name) {
				return []string{"router: no " + kind + " " + one.Name}
			}
		}
	}
	if count == 0 {
		return []string{"router: the plugin finds no route"}
	}
	return nil
}
