package main

import (
	"encoding/json"
	"errors"
	"fmt"
	"sort"
	"strings"

	"github.com/argoproj/argo-rollouts/pkg/apis/rollouts/v1alpha1"
	"github.com/argoproj/argo-rollouts/pkg/apis/rollouts/validation"
	"github.com/argoproj/argo-rollouts/pkg/client/clientset/versioned/fake"
	informers "github.com/argoproj/argo-rollouts/pkg/client/informers/externalversions"
	"github.com/argoproj/argo-rollouts/rollout"
	analysisutil "github.com/argoproj/argo-rollouts/utils/analysis"
	"github.com/argoproj/argo-rollouts/utils/conditions"
	ingressutil "github.com/argoproj/argo-rollouts/utils/ingress"
	istioutil "github.com/argoproj/argo-rollouts/utils/istio"
	appsv1 "k8s.io/api/apps/v1"
	corev1 "k8s.io/api/core/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"
	"k8s.io/apimachinery/pkg/runtime"
	"k8s.io/client-go/discovery"
)

// What the controllers say of everything in the case.
func (s *set) judge() []string {
	var reasons []string
	for _, rollout := range s.rollouts {
		reasons = append(reasons, s.rollout(rollout)...)
	}
	for _, experiment := range s.experiments {
		if condition := conditions.VerifyExperimentSpec(experiment, nil); condition != nil {
			reasons = append(reasons, "experiment: "+condition.Message)
		} else {
			reasons = append(reasons, replicaSets(experiment)...)
		}
		reasons = append(reasons, s.experimentRuns(experiment)...)
	}
	for _, run := range s.runs {
		reasons = append(reasons, s.secrets(run.Spec.Args)...)
		reasons = append(reasons, runReasons("run", run.Spec.Metrics, run.Spec.Args, run.Spec.DryRun, run.Spec.MeasurementRetention)...)
	}
	// A template that nothing in the case uses is tried alone.
	for name, template := range s.templates {
		if !s.used["AnalysisTemplate/"+name] {
			reasons = append(reasons, s.alone(template.Spec)...)
		}
	}
	for name, template := range s.clusterTemplates {
		if !s.used["ClusterAnalysisTemplate/"+name] {
			reasons = append(reasons, s.alone(template.Spec)...)
		}
	}
	sort.Strings(reasons)
	return reasons
}

func (s *set) rollout(rollout *v1alpha1.Rollout) []string {
	var reasons []string
	for _, err := range validation.ValidateRollout(rollout) {
		reasons = append(reasons, "validate: "+err.Error())
	}
	if len(reasons) > 0 {
		return reasons
	}
	for _, check := range []func(*v1alpha1.Rollout) error{
		validation.ValidateRolloutNginxIngressesConfig,
		validation.ValidateRolloutAlbIngressesConfig,
		validation.ValidateRolloutVirtualServicesConfig,
	} {
		if err := check(rollout); err != nil {
			return []string{"validate: " + err.Error()}
		}
	}
	if missing := s.workload(rollout); len(missing) > 0 {
		return missing
	}
	// With the pods of the workload, as the controller has it.
	for _, err := range validation.ValidateRollout(rollout) {
		reasons = append(reasons, "validate: "+err.Error())
	}
	if len(reasons) > 0 {
		return reasons
	}
	references, missing := s.references(rollout)
	if len(missing) > 0 {
		return missing
	}
	for _, err := range validation.ValidateRolloutReferencedResources(rollout, references) {
		reasons = append(reasons, "reference: "+err.Error())
	}
	if len(reasons) > 0 {
		return reasons
	}
	// Validation fills in the arguments of what it is given.
	references, _ = s.references(rollout)
	reasons = append(reasons, s.analysisRuns(rollout, references)...)
	reasons = append(reasons, s.routed(rollout)...)
	return append(reasons, s.stepExperiments(rollout)...)
}

// The objects that the controller looks up, and which of them are not there.
func (s *set) references(rollout *v1alpha1.Rollout) (validation.ReferencedResources, []string) {
	found := validation.ReferencedResources{}
	var missing []string
	service := func(name string, kind validation.ServiceType) {
		if name == "" {
			return
		}
		if service, known := s.services[name]; known {
			found.ServiceWithType = append(found.ServiceWithType, validation.ServiceWithType{Service: service, Type: kind})
		} else {
			missing = append(missing, "reference: no Service "+name)
		}
	}
	if green := rollout.Spec.Strategy.BlueGreen; green != nil {
		service(green.ActiveService, validation.ActiveService)
		service(green.PreviewService, validation.PreviewService)
		analyses := map[validation.AnalysisTemplateType]*v1alpha1.RolloutAnalysis{
			validation.PrePromotionAnalysis:  green.PrePromotionAnalysis,
			validation.PostPromotionAnalysis: green.PostPromotionAnalysis,
		}
		for kind, analysis := range analyses {
			if analysis != nil {
				missing = append(missing, s.analysis(&found, kind, analysis, 0)...)
			}
		}
	}
	canary := rollout.Spec.Strategy.Canary
	if canary == nil {
		return found, missing
	}
	service(canary.StableService, validation.StableService)
	service(canary.CanaryService, validation.CanaryService)
	if canary.PingPong != nil {
		service(canary.PingPong.PingService, validation.PingService)
		service(canary.PingPong.PongService, validation.PongService)
	}
	if canary.Analysis != nil {
		missing = append(missing, s.analysis(&found, validation.BackgroundAnalysis, &canary.Analysis.RolloutAnalysis, 0)...)
	}
	for index, step := range canary.Steps {
		if step.Analysis != nil {
			missing = append(missing, s.analysis(&found, validation.InlineAnalysis, step.Analysis, index)...)
		}
	}
	if canary.TrafficRouting != nil {
		missing = append(missing, s.routes(&found, canary)...)
	}
	return found, missing
}

// The workload that the rollout takes its pods from: of a kind that the resolver knows, and there.
func (s *set) workload(r *v1alpha1.Rollout) []string {
	ref := r.Spec.WorkloadRef
	if ref == nil {
		return nil
	}
	informer := informers.NewSharedInformerFactory(fake.NewSimpleClientset(), 0).Argoproj().V1alpha1().Rollouts().Informer()
	resolver := rollout.NewInformerBasedWorkloadRefResolver("", nil, nothing{}, nil, informer)
	if err := resolver.Resolve(r.DeepCopy()); err != nil && err != errNothing {
		return []string{"workload: " + err.Error()}
	}
	for _, other := range s.others {
		if other.GetKind() == ref.Kind && other.GetAPIVersion() == ref.APIVersion && other.GetName() == ref.Name {
			return take(r, other)
		}
	}
	return []string{"workload: no " + ref.Kind + " " + ref.Name}
}

// Takes the pods over as the resolver does, which cannot run here.
func take(r *v1alpha1.Rollout, workload unstructured.Unstructured) []string {
	at := []string{"spec", "template"}
	if workload.GetKind() == "PodTemplate" {
		at = []string{"template"}
	}
	var template corev1.PodTemplateSpec
	if raw, known, _ := unstructured.NestedMap(workload.Object, at...); known {
		if err := runtime.DefaultUnstructuredConverter.FromUnstructured(raw, &template); err != nil {
			return []string{"workload: " + err.Error()}
		}
		r.Spec.SetResolvedTemplate(template)
	}
	if r.Spec.Selector != nil || workload.GetKind() == "PodTemplate" {
		return nil
	}
	var selector metav1.LabelSelector
	if raw, known, _ := unstructured.NestedMap(workload.Object, "spec", "selector"); known {
		if err := runtime.DefaultUnstructuredConverter.FromUnstructured(raw, &selector); err != nil {
			return []string{"workload: " + err.Error()}
		}
		r.Spec.SetResolvedSelector(&selector)
	}
	return nil
}

var errNothing = errors.New("nothing is served here")

// An API server that serves no kinds: the resolver asks it for those that it knows.
type nothing struct{ discovery.DiscoveryInterface }

func (nothing) ServerResourcesForGroupVersion(string) (*metav1.APIResourceList, error) {
	return nil, errNothing
}

func (s *set) routes(found *validation.ReferencedResources, canary *v1alpha1.CanaryStrategy) []string {
	var missing, ingresses []string
	if nginx := canary.TrafficRouting.Nginx; nginx != nil {
		ingresses = append(append(ingresses, nginx.StableIngresses...), single(nginx.StableIngress)...)
	}
	if alb := canary.TrafficRouting.ALB; alb != nil {
		ingresses = append(append(ingresses, alb.Ingresses...), single(alb.Ingress)...)
	}
	for _, name := range ingresses {
		if ingress, known := s.ingresses[name]; known {
			found.Ingresses = append(found.Ingresses, *ingressutil.NewIngress(ingress))
		} else {
			missing = append(missing, "reference: no Ingress "+name)
		}
	}
	var wanted []string
	if istio := canary.TrafficRouting.Istio; istio != nil {
		for _, service := range istio.VirtualServices {
			wanted = append(wanted, service.Name)
		}
		if istio.VirtualService != nil {
			wanted = append(wanted, istio.VirtualService.Name)
		}
	}
	for _, name := range wanted {
		known := false
		of, short := istioutil.GetVirtualServiceNamespaceName(name)
		for _, other := range s.others {
			istio := other.GetKind() == "VirtualService" && strings.HasPrefix(other.GetAPIVersion(), "networking.istio.io/")
			if istio && other.GetName() == short && (of == "" || of == other.GetNamespace()) {
				known = true
				found.VirtualServices = append(found.VirtualServices, other)
			}
		}
		if !known {
			missing = append(missing, "reference: no VirtualService "+name)
		}
	}
	mappings, absent := s.mappings(canary)
	found.AmbassadorMappings = mappings
	missing = append(missing, absent...)
	routers, absent := s.virtualRouters(canary)
	found.AppMeshResources = routers
	return append(missing, absent...)
}

func single(name string) []string {
	if name == "" {
		return nil
	}
	return []string{name}
}

func (s *set) analysis(found *validation.ReferencedResources, kind validation.AnalysisTemplateType, analysis *v1alpha1.RolloutAnalysis, step int) []string {
	with := validation.AnalysisTemplatesWithType{TemplateType: kind, CanaryStepIndex: step, Args: analysis.Args}
	missing := s.templatesOf(analysis.Templates, &with.AnalysisTemplates, &with.ClusterAnalysisTemplates, 0)
	with.AnalysisTemplates, with.ClusterAnalysisTemplates = analysisutil.FilterUniqueTemplates(with.AnalysisTemplates, with.ClusterAnalysisTemplates)
	if len(missing) == 0 {
		found.AnalysisTemplatesWithType = append(found.AnalysisTemplatesWithType, with)
	}
	return missing
}

// Follows the names of templates as the controller does, save that it stops where they go in
// circles: the controller would not.
func (s *set) templatesOf(refs any, named *[]*v1alpha1.AnalysisTemplate, clusters *[]*v1alpha1.ClusterAnalysisTemplate, depth int) []string {
	if depth > 20 {
		return []string{"reference: templates go in circles"}
	}
	// The type of clusterScope differs between versions.
	var plain []struct {
		TemplateName string
		ClusterScope bool
	}
	raw, err := json.Marshal(refs)
	if err == nil {
		err = json.Unmarshal(raw, &plain)
	}
	if err != nil {
		return []string{"reference: " + err.Error()}
	}
	var missing []string
	for _, ref := range plain {
		var nested []v1alpha1.AnalysisTemplateRef
		if ref.ClusterScope {
			template, known := s.clusterTemplates[ref.TemplateName]
			if !known {
				missing = append(missing, "reference: no ClusterAnalysisTemplate "+ref.TemplateName)
				continue
			}
			s.used["ClusterAnalysisTemplate/"+ref.TemplateName] = true
			*clusters = append(*clusters, template.DeepCopy())
			nested = template.Spec.Templates
		} else {
			template, known := s.templates[ref.TemplateName]
			if !known {
				missing = append(missing, "reference: no AnalysisTemplate "+ref.TemplateName)
				continue
			}
			s.used["AnalysisTemplate/"+ref.TemplateName] = true
			*named = append(*named, template.DeepCopy())
			nested = template.Spec.Templates
		}
		missing = append(missing, s.templatesOf(nested, named, clusters, depth+1)...)
	}
	return missing
}

// The experiments that the steps would make.
func (s *set) stepExperiments(r *v1alpha1.Rollout) []string {
	if r.Spec.Strategy.Canary == nil || r.Spec.WorkloadRef != nil {
		return nil
	}
	var reasons []string
	for index, step := range r.Spec.Strategy.Canary.Steps {
		if step.Experiment == nil {
			continue
		}
		copied := r.DeepCopy()
		current := int32(index)
		copied.Status.CurrentStepIndex = &current
		set := &appsv1.ReplicaSet{
			ObjectMeta: metav1.ObjectMeta{Labels: map[string]string{v1alpha1.DefaultRolloutUniqueLabelKey: "abc"}},
			Spec:       appsv1.ReplicaSetSpec{Selector: r.Spec.Selector.DeepCopy(), Template: r.Spec.Template, MinReadySeconds: r.Spec.MinReadySeconds},
		}
		if set.Spec.Selector.MatchLabels == nil {
			set.Spec.Selector.MatchLabels = map[string]string{}
		}
		experiment, err := rollout.GetExperimentFromTemplate(copied, set, set)
		if err != nil {
			reasons = append(reasons, fmt.Sprintf("experiment: step %d: %v", index, err))
			continue
		}
		if experiment == nil {
			continue
		}
		if condition := conditions.VerifyExperimentSpec(experiment, nil); condition != nil {
			reasons = append(reasons, fmt.Sprintf("experiment: step %d: %s", index, condition.Message))
		}
		reasons = append(reasons, s.experimentRuns(experiment)...)
	}
	return reasons
}
