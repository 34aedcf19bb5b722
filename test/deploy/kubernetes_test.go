package deploy

import (
	"bufio"
	"errors"
	"io"
	"maps"
	"net"
	"path"
	"path/filepath"
	"strconv"
	"strings"
	"testing"

	monitoring "github.com/prometheus-operator/prometheus-operator/pkg/apis/monitoring/v1"
	apps "k8s.io/api/apps/v1"
	core "k8s.io/api/core/v1"
	networking "k8s.io/api/networking/v1"
	policy "k8s.io/api/policy/v1"
	"k8s.io/apimachinery/pkg/labels"
	"k8s.io/apimachinery/pkg/runtime"
	"k8s.io/apimachinery/pkg/runtime/serializer"
	"k8s.io/apimachinery/pkg/util/yaml"
	"sigs.k8s.io/kustomize/api/krusty"
	"sigs.k8s.io/kustomize/kyaml/filesys"
)

// decode reads manifests as the API server would with strict field validation: an unknown field or
// kind, or a field given twice, fails.
func decode(t *testing.T, manifests string) []runtime.Object {
	t.Helper()
	scheme := runtime.NewScheme()
	for _, add := range []func(*runtime.Scheme) error{
		apps.AddToScheme, core.AddToScheme, networking.AddToScheme, policy.AddToScheme, monitoring.AddToScheme,
	} {
		if err := add(scheme); err != nil {
			t.Fatal(err)
		}
	}
	decoder := serializer.NewCodecFactory(scheme, serializer.EnableStrict).UniversalDeserializer()
	documents := yaml.NewYAMLReader(bufio.NewReader(strings.NewReader(manifests)))
	var objects []runtime.Object
	for {
		document, err := documents.Read()
		if errors.Is(err, io.EOF) {
			return objects
		}
		if err != nil {
			t.Fatal(err)
		}
		if strings.TrimSpace(string(document)) == "" {
			continue
		}
		object, _, err := decoder.Decode(document, nil, nil)
		if err != nil {
			t.Fatalf("%v in\n%s", err, document)
		}
		objects = append(objects, object)
	}
}

// the returns the objects of one kind.
func the[T runtime.Object](objects []runtime.Object) (found []T) {
	for _, object := range objects {
		if o, ok := object.(T); ok {
			found = append(found, o)
		}
	}
	return found
}

// plain returns the plain manifests, as `kubectl apply -k` would send them.
func plain(t *testing.T) []runtime.Object {
	t.Helper()
	dir, err := filepath.Abs(filepath.Join(root, "deploy/kubernetes"))
	if err != nil {
		t.Fatal(err)
	}
	resources, err := krusty.MakeKustomizer(krusty.MakeDefaultOptions()).Run(filesys.MakeFsOnDisk(), dir)
	if err != nil {
		t.Fatal(err)
	}
	manifests, err := resources.AsYaml()
	if err != nil {
		t.Fatal(err)
	}
	return decode(t, string(manifests))
}

// TestManifests renders and decodes the plain manifests.
func TestManifests(t *testing.T) {
	objects := plain(t)
	checkWorkload(t, objects)
	if len(the[*core.Namespace](objects)) != 1 || len(the[*networking.NetworkPolicy](objects)) != 1 || len(the[*core.PersistentVolumeClaim](objects)) != 1 {
		t.Errorf("there are %d objects", len(objects))
	}
	// It is not applied unless asked for, and so not rendered.
	monitors := the[*monitoring.PodMonitor](decode(t, file(t, "deploy/kubernetes/podmonitor.yaml")))
	if len(monitors) != 1 {
		t.Fatalf("%d pod monitors", len(monitors))
	}
	checkMonitor(t, monitors[0], the[*apps.Deployment](objects)[0])
}

// checkWorkload looks at the one Deployment and what belongs to it.
func checkWorkload(t *testing.T, objects []runtime.Object) {
	t.Helper()
	deployments := the[*apps.Deployment](objects)
	if len(deployments) != 1 {
		t.Fatalf("%d deployments", len(deployments))
	}
	deployment := deployments[0]
	pod := deployment.Spec.Template
	selector := labels.SelectorFromSet(deployment.Spec.Selector.MatchLabels)
	if selector.Empty() || !selector.Matches(labels.Set(pod.Labels)) {
		t.Errorf("the deployment looks for %v, and its pods have %v", selector, pod.Labels)
	}
	for _, p := range the[*networking.NetworkPolicy](objects) {
		if !labels.SelectorFromSet(p.Spec.PodSelector.MatchLabels).Matches(labels.Set(pod.Labels)) {
			t.Errorf("the network policy is for %v", p.Spec.PodSelector.MatchLabels)
		}
		if len(p.Spec.PolicyTypes) != 2 || len(p.Spec.Egress) == 0 {
			t.Errorf("the network policy is %+v", p.Spec)
		}
	}
	for _, budget := range the[*policy.PodDisruptionBudget](objects) {
		if !labels.SelectorFromSet(budget.Spec.Selector.MatchLabels).Matches(labels.Set(pod.Labels)) {
			t.Errorf("the disruption budget is for %v", budget.Spec.Selector.MatchLabels)
		}
	}
	for _, monitor := range the[*monitoring.PodMonitor](objects) {
		checkMonitor(t, monitor, deployment)
	}
	onFile := false
	for _, volume := range pod.Spec.Volumes {
		if claim := volume.PersistentVolumeClaim; claim != nil {
			onFile = true
			for _, made := range the[*core.PersistentVolumeClaim](objects) {
				if made.Name != claim.ClaimName {
					t.Errorf("the pod claims %s, and %s is made", claim.ClaimName, made.Name)
				}
			}
		}
	}
	if onFile && (*deployment.Spec.Replicas != 1 || deployment.Spec.Strategy.Type != apps.RecreateDeploymentStrategyType) {
		t.Errorf("%d bots on one file, %s", *deployment.Spec.Replicas, deployment.Spec.Strategy.Type)
	}
	if !onFile && *deployment.Spec.Replicas < 2 {
		t.Errorf("%d replicas on PostgreSQL", *deployment.Spec.Replicas)
	}
	checkPod(t, pod.Spec, objects)
}

func checkMonitor(t *testing.T, monitor *monitoring.PodMonitor, deployment *apps.Deployment) {
	t.Helper()
	pod := deployment.Spec.Template
	if !labels.SelectorFromSet(monitor.Spec.Selector.MatchLabels).Matches(labels.Set(pod.Labels)) {
		t.Errorf("the pod monitor looks for %v", monitor.Spec.Selector.MatchLabels)
	}
	for _, endpoint := range monitor.Spec.PodMetricsEndpoints {
		if endpoint.Port == nil || *endpoint.Port != pod.Spec.Containers[0].Ports[0].Name || endpoint.Path != "/metrics" {
			t.Errorf("the pod monitor asks at %v%s", endpoint.Port, endpoint.Path)
		}
	}
}

// checkPod looks at how the pod is shut in, and that what the bot is told is where it is told.
func checkPod(t *testing.T, pod core.PodSpec, objects []runtime.Object) {
	t.Helper()
	bot := pod.Containers[0]
	outer, inner := pod.SecurityContext, bot.SecurityContext
	switch {
	case !*outer.RunAsNonRoot, *outer.RunAsUser == 0, outer.SeccompProfile.Type != core.SeccompProfileTypeRuntimeDefault:
		t.Errorf("the pod is not shut in: %+v", outer)
	case *inner.AllowPrivilegeEscalation, !*inner.ReadOnlyRootFilesystem, inner.Capabilities.Drop[0] != "ALL":
		t.Errorf("the container is not shut in: %+v", inner)
	case *pod.AutomountServiceAccountToken, *pod.EnableServiceLinks:
		t.Error("the pod gets a token of Kubernetes', or variables beside ours")
	case bot.Resources.Limits.Memory().IsZero(), bot.Resources.Requests.Cpu().IsZero():
		t.Errorf("resources %+v", bot.Resources)
	}
	env := podEnvironment(bot, objects)
	checkNames(t, "the pod", env)
	_, port, err := net.SplitHostPort(env["HTTP_ADDR"])
	if err != nil {
		t.Fatal(err)
	}
	for probe, wants := range map[*core.Probe]string{bot.StartupProbe: "/healthz", bot.LivenessProbe: "/healthz", bot.ReadinessProbe: "/readyz"} {
		if probe.HTTPGet.Path != wants || probe.HTTPGet.Port.String() != bot.Ports[0].Name {
			t.Errorf("a probe asks at %v%s, want %s", probe.HTTPGet.Port, probe.HTTPGet.Path, wants)
		}
	}
	if got := bot.Ports[0].ContainerPort; port != strconv.Itoa(int(got)) {
		t.Errorf("it serves at %s, and the container's port is %d", env["HTTP_ADDR"], got)
	}
	mounts := map[string]core.VolumeMount{}
	for _, mount := range bot.VolumeMounts {
		mounts[mount.MountPath] = mount
	}
	for name, value := range secretFiles(t, env) {
		if mount, ok := mounts[path.Dir(value)]; !ok || !mount.ReadOnly {
			t.Errorf("%s is %s, and nothing is mounted there to be read", name, value)
		}
	}
	for _, name := range []string{"WELCOME_TEMPLATE", "CA_FILE"} {
		value, ok := env[name]
		if !ok {
			continue
		}
		mounted := mounts[path.Dir(value)].Name
		for _, configMap := range the[*core.ConfigMap](objects) {
			if _, ok := configMap.Data[path.Base(value)]; mounted == "" || !ok {
				t.Errorf("%s is %s, and no such file is mounted", name, value)
			}
		}
	}
	if state := env["STATE"] + env["STATE_FILE"]; mounts[path.Dir(state)].Name == "" {
		t.Errorf("the state is at %s, and nothing is mounted there", state)
	}
	for _, secret := range the[*core.Secret](objects) {
		for name, value := range secretFiles(t, env) {
			if _, ok := secret.Data[path.Base(value)]; !ok {
				t.Errorf("%s is %s, and the secret has no such key", name, value)
			}
		}
	}
}

// podEnvironment returns what the container finds in its environment.
func podEnvironment(container core.Container, objects []runtime.Object) map[string]string {
	env := map[string]string{}
	for _, source := range container.EnvFrom {
		for _, configMap := range the[*core.ConfigMap](objects) {
			if source.ConfigMapRef != nil && source.ConfigMapRef.Name == configMap.Name {
				maps.Copy(env, configMap.Data)
			}
		}
	}
	for _, variable := range container.Env {
		env[variable.Name] = variable.Value
	}
	return env
}
