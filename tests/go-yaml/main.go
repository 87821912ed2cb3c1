// Reads YAML documents from stdin, each ended by a NUL, and prints what Kubernetes' reader makes
// of each: one line of JSON, or `error: ` and why not.
package main

import (
	"bufio"
	"bytes"
	"fmt"
	"io"
	"os"
	"strings"

	"sigs.k8s.io/yaml"
)

func main() {
	input, err := io.ReadAll(os.Stdin)
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
	out := bufio.NewWriter(os.Stdout)
	defer out.Flush()
	for _, document := range bytes.Split(bytes.TrimSuffix(input, []byte{0}), []byte{0}) {
		json, err := yaml.YAMLToJSONStrict(document)
		if err != nil {
			fmt.Fprintln(out, "error: "+strings.ReplaceAll(err.Error(), "\n", " "))
		} else {
			fmt.Fprintln(out, string(json))
		}
	}
}
