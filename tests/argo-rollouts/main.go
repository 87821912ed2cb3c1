// Says what Argo Rollouts makes of manifests, by the controller's own code. Reads cases from
// stdin, each a YAML stream ended by a NUL; prints a line of JSON for each: the reasons for which
// it is rejected, each with its source before the colon, and none where it is accepted.
//
// The first argument is the folder of the controller's CRDs.
package main

import (
	"bufio"
	"bytes"
	"encoding/json"
	"fmt"
	"io"
	"os"

	"github.com/argoproj/argo-rollouts/utils/defaults"
	"github.com/sirupsen/logrus"
)

func main() {
	logrus.SetOutput(io.Discard)
	// Older controllers look for another group unless they are told.
	defaults.SetTraefikAPIGroup("traefik.io")
	schemas, err := readSchemas(os.Args[1])
	if err != nil {
		fatal(err)
	}
	input, err := io.ReadAll(os.Stdin)
	if err != nil {
		fatal(err)
	}
	out := bufio.NewWriter(os.Stdout)
	defer out.Flush()
	for _, text := range bytes.Split(bytes.TrimSuffix(input, []byte{0}), []byte{0}) {
		line, err := json.Marshal(judge(schemas, text))
		if err != nil {
			fatal(err)
		}
		fmt.Fprintln(out, string(line))
	}
}

func fatal(err error) {
	fmt.Fprintln(os.Stderr, err)
	os.Exit(1)
}

// What is wrong with one case; a panic of the controller's code counts as well.
func judge(schemas schemas, text []byte) (reasons []string) {
	reasons = []string{}
	defer func() {
		if caught := recover(); caught != nil {
			reasons = append(reasons, fmt.Sprintf("panic: %v", caught))
		}
	}()
	objects, err := read(text)
	if err != nil {
		return append(reasons, "yaml: "+err.Error())
	}
	set := newSet()
	for _, object := range objects {
		reasons = append(reasons, schemas.check(object)...)
		reasons = append(reasons, set.add(object)...)
	}
	// What the API server or the decoder refuses never reaches the controller.
	if len(reasons) > 0 {
		return reasons
	}
	return append(reasons, set.judge()...)
}
