package main

import (
	"context"
	"errors"
	"fmt"
	"net"
	"net/http"
	"net/url"
	"strings"
	"time"

	"github.com/argoproj/argo-rollouts/metricproviders/datadog"
	"github.com/argoproj/argo-rollouts/metricproviders/graphite"
	"github.com/argoproj/argo-rollouts/metricproviders/prometheus"
	"github.com/argoproj/argo-rollouts/metricproviders/skywalking"
	"github.com/argoproj/argo-rollouts/metricproviders/webmetric"
	"github.com/argoproj/argo-rollouts/pkg/apis/rollouts/v1alpha1"
	"github.com/argoproj/argo-rollouts/pkg/apis/rollouts/validation"
	analysisutil "github.com/argoproj/argo-rollouts/utils/analysis"
	promapi "github.com/prometheus/client_golang/api/prometheus/v1"
	"github.com/prometheus/common/model"
	log "github.com/sirupsen/logrus"
	appsv1 "k8s.io/api/apps/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
)

// Values that stand in for what is only known in the cluster.
var standIns = []string{"1", "1m", "http://stand-in"}

// What a run says when it begins: arguments, metrics, rules of dry runs and retention, providers.
func runReasons(source string, metrics []v1alpha1.Metric, args []v1alpha1.Argument, dry []v1alpha1.DryRun, kept []v1alpha1.MeasurementRetention) []string {
	var first []string
	for _, standIn := range standIns {
		reasons := tried(source, metrics, args, dry, kept, standIn)
		if len(reasons) == 0 {
			return nil
		}
		if first == nil {
			first = reasons
		}
	}
	return first
}

func tried(source string, metrics []v1alpha1.Metric, args []v1alpha1.Argument, dry []v1alpha1.DryRun, kept []v1alpha1.MeasurementRetention, standIn string) []string {
	args = append([]v1alpha1.Argument{}, args...)
	for index, arg := range args {
		if arg.Value == nil && arg.ValueFrom != nil {
			args[index].Value = &standIn
		}
	}
	fail := func(err error) []string { return []string{source + ": " + err.Error()} }
	var resolved []v1alpha1.Metric
	for _, metric := range metrics {
		one, err := analysisutil.ResolveMetricArgs(metric, args)
		if err != nil {
			return fail(err)
		}
		resolved = append(resolved, *one)
	}
	if err := analysisutil.ValidateMetrics(resolved); err != nil {
		return fail(err)
	}
	if _, err := analysisutil.GetDryRunMetrics(dry, resolved); err != nil {
		return fail(err)
	}
	if _, err := analysisutil.GetMeasurementRetentionMetrics(kept, resolved); err != nil {
		return fail(err)
	}
	for _, metric := range resolved {
		if err := provider(metric); err != nil {
			return fail(fmt.Errorf("metric %s: %w", metric.Name, err))
		}
	}
	return nil
}

// What the constructor of the metric's provider says.
func provider(metric v1alpha1.Metric) error {
	entry := *log.NewEntry(log.StandardLogger())
	var err error
	switch {
	case unasked(metric) != nil:
		err = unasked(metric)
	case metric.Provider.Prometheus != nil:
		err = queried(entry, metric)
	case metric.Provider.Web != nil:
		err = web(metric)
	case metric.Provider.Datadog != nil:
		// Its credentials come from the environment that the test sets.
		metric = *metric.DeepCopy()
		if metric.Provider.Datadog.SecretRef.Name != "" {
			metric.Provider.Datadog.SecretRef = v1alpha1.SecretRef{}
		}
		if _, err = datadog.NewDatadogProvider(entry, nil, "default", metric); err == nil && metric.Provider.Datadog.Interval != "" {
			// The rest of its way leads over the network; this is what comes first.
			_, err = metric.Provider.Datadog.Interval.Duration()
		}
	case metric.Provider.CloudWatch != nil && metric.Provider.CloudWatch.Interval != "":
		_, err = metric.Provider.CloudWatch.Interval.Duration()
	case metric.Provider.Graphite != nil:
		if _, err = graphite.NewAPIClient(metric, entry); err == nil {
			// As the first request says.
			if address, _ := url.Parse(metric.Provider.Graphite.Address); address == nil || address.Host == "" {
				err = errors.New("unsupported protocol scheme")
			}
		}
	case metric.Provider.SkyWalking != nil:
		_, err = skywalking.NewSkyWalkingClient(metric, nil)
	}
	// Credentials are the controller's, not the manifest's.
	if err != nil && strings.Contains(err.Error(), "SigV4 credentials") {
		return nil
	}
	return err
}

// What no server has an answer to, so that every measurement ends as an error.
func unasked(metric v1alpha1.Metric) error {
	var query, address = "-", "-"
	switch provider := metric.Provider; {
	case provider.Prometheus != nil:
		query = provider.Prometheus.Query
	case provider.Graphite != nil:
		query = provider.Graphite.Query
	case provider.Influxdb != nil:
		query = provider.Influxdb.Query
	case provider.NewRelic != nil:
		query = provider.NewRelic.Query
	case provider.Wavefront != nil:
		query, address = provider.Wavefront.Query, provider.Wavefront.Address
	case provider.SkyWalking != nil:
		query, address = provider.SkyWalking.Query, provider.SkyWalking.Address
	}
	if query == "" || address == "" {
		return errors.New("an empty query, or nobody to ask it, is an error at every measurement")
	}
	return nil
}

// A Prometheus that cannot be reached.
type silent struct{ promapi.API }

func (silent) Query(context.Context, string, time.Time, ...promapi.Option) (model.Value, promapi.Warnings, error) {
	return nil, nil, errOffline
}

func (silent) QueryRange(context.Context, string, promapi.Range, ...promapi.Option) (model.Value, promapi.Warnings, error) {
	return nil, nil, errOffline
}

// Asks Prometheus as far as one can without a network.
func queried(entry log.Entry, metric v1alpha1.Metric) error {
	if _, err := prometheus.NewPrometheusAPI(metric); err != nil {
		return err
	}
	provider, err := prometheus.NewPrometheusProvider(silent{}, entry, metric)
	if err != nil {
		return err
	}
	if measured := provider.Run(nil, metric); !strings.Contains(measured.Message, errOffline.Error()) {
		return errors.New(measured.Message)
	}
	return nil
}

var errOffline = errors.New("no network here")

// Asks as far as one can without a network: a request that would be sent is a good one.
func web(metric v1alpha1.Metric) error {
	client, err := webmetric.NewWebMetricHttpClient(metric)
	if err != nil {
		return err
	}
	parser, err := webmetric.NewWebMetricJsonParser(metric)
	if err != nil {
		return err
	}
	if metric.Provider.Web.Authentication.OAuth2.TokenURL != "" {
		// The token comes over the network; then it asks like others.
		metric = *metric.DeepCopy()
		metric.Provider.Web.Authentication.OAuth2 = v1alpha1.OAuth2Config{}
		return web(metric)
	}
	client.Transport = &http.Transport{DialContext: func(context.Context, string, string) (net.Conn, error) {
		return nil, errOffline
	}}
	entry := *log.NewEntry(log.StandardLogger())
	measured := webmetric.NewWebMetricProvider(entry, client, parser).Run(nil, metric)
	if !strings.Contains(measured.Message, errOffline.Error()) {
		return errors.New(measured.Message)
	}
	return nil
}

// A template by itself: whoever uses it gives what it leaves open.
func (s *set) alone(spec v1alpha1.AnalysisTemplateSpec) []string {
	var first []string
	for _, standIn := range standIns {
		args := append([]v1alpha1.Argument{}, spec.Args...)
		for index, arg := range args {
			if arg.Value == nil && arg.ValueFrom == nil {
				args[index].Value = &standIn
			}
		}
		template := &v1alpha1.AnalysisTemplate{Spec: spec}
		run, err := analysisutil.NewAnalysisRunFromTemplates([]*v1alpha1.AnalysisTemplate{template}, nil, args, nil, nil, map[string]string{}, map[string]string{}, "", "", "")
		if err != nil {
			return []string{"run: " + err.Error()}
		}
		reasons := runReasons("run", run.Spec.Metrics, run.Spec.Args, run.Spec.DryRun, run.Spec.MeasurementRetention)
		reasons = append(reasons, s.secrets(run.Spec.Args)...)
		if len(spec.Metrics) == 0 && len(spec.Templates) > 0 {
			reasons = nil
		}
		if len(reasons) == 0 {
			return nil
		}
		if first == nil {
			first = reasons
		}
	}
	return first
}

// Pods of some version.
var hashed = &appsv1.ReplicaSet{ObjectMeta: metav1.ObjectMeta{Labels: map[string]string{v1alpha1.DefaultRolloutUniqueLabelKey: "abc"}}}

// The runs that the analyses of a rollout would make.
func (s *set) analysisRuns(rollout *v1alpha1.Rollout, references validation.ReferencedResources) []string {
	var reasons []string
	for _, analysis := range references.AnalysisTemplatesWithType {
		var dry []v1alpha1.DryRun
		var kept []v1alpha1.MeasurementRetention
		canary := rollout.Spec.Strategy.Canary
		switch analysis.TemplateType {
		case validation.InlineAnalysis:
			step := canary.Steps[analysis.CanaryStepIndex].Analysis
			dry, kept = step.DryRun, step.MeasurementRetention
		case validation.BackgroundAnalysis:
			dry, kept = canary.Analysis.DryRun, canary.Analysis.MeasurementRetention
		case validation.PrePromotionAnalysis:
			pre := rollout.Spec.Strategy.BlueGreen.PrePromotionAnalysis
			dry, kept = pre.DryRun, pre.MeasurementRetention
		case validation.PostPromotionAnalysis:
			post := rollout.Spec.Strategy.BlueGreen.PostPromotionAnalysis
			dry, kept = post.DryRun, post.MeasurementRetention
		}
		if len(analysis.AnalysisTemplates)+len(analysis.ClusterAnalysisTemplates) == 0 {
			continue
		}
		if _, err := analysisutil.BuildArgumentsForRolloutAnalysisRun(analysis.Args, hashed, hashed, rollout); err != nil {
			reasons = append(reasons, "run: "+err.Error())
		}
		// What is only known in the cluster is left open.
		var args []v1alpha1.Argument
		for _, arg := range analysis.Args {
			if arg.ValueFrom != nil {
				args = append(args, v1alpha1.Argument{Name: arg.Name, ValueFrom: &v1alpha1.ValueFrom{}})
				continue
			}
			value := arg.Value
			args = append(args, v1alpha1.Argument{Name: arg.Name, Value: &value})
		}
		run, err := analysisutil.NewAnalysisRunFromTemplates(analysis.AnalysisTemplates, analysis.ClusterAnalysisTemplates, args, dry, kept, map[string]string{}, map[string]string{}, "", "", "")
		if err != nil {
			reasons = append(reasons, "run: "+err.Error())
			continue
		}
		reasons = append(reasons, s.secrets(run.Spec.Args)...)
		reasons = append(reasons, runReasons("run", run.Spec.Metrics, run.Spec.Args, run.Spec.DryRun, run.Spec.MeasurementRetention)...)
	}
	return reasons
}

// The runs that an experiment would make.
func (s *set) experimentRuns(experiment *v1alpha1.Experiment) []string {
	var reasons []string
	if experiment.Spec.Duration != "" {
		if _, err := experiment.Spec.Duration.Duration(); err != nil {
			reasons = append(reasons, "experiment: "+err.Error())
		}
	}
	for _, analysis := range experiment.Spec.Analyses {
		var named []*v1alpha1.AnalysisTemplate
		var clusters []*v1alpha1.ClusterAnalysisTemplate
		refs := []map[string]any{{"templateName": analysis.TemplateName, "clusterScope": analysis.ClusterScope}}
		if missing := s.templatesOf(refs, &named, &clusters, 0); len(missing) > 0 {
			reasons = append(reasons, missing...)
			continue
		}
		var args []v1alpha1.Argument
		for _, arg := range analysis.Args {
			if arg.Value != nil && strings.Contains(*arg.Value, "{{") {
				arg = v1alpha1.Argument{Name: arg.Name, ValueFrom: &v1alpha1.ValueFrom{}}
			}
			args = append(args, arg)
		}
		run, err := analysisutil.NewAnalysisRunFromTemplates(named, clusters, args, experiment.Spec.DryRun, experiment.Spec.MeasurementRetention, map[string]string{}, map[string]string{}, "", "", "")
		if err != nil {
			reasons = append(reasons, "run: "+err.Error())
			continue
		}
		reasons = append(reasons, s.secrets(run.Spec.Args)...)
		reasons = append(reasons, runReasons("run", run.Spec.Metrics, run.Spec.Args, run.Spec.DryRun, run.Spec.MeasurementRetention)...)
	}
	return reasons
}
