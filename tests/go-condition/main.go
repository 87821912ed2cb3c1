// Reads measurements from stdin, one line of JSON each, and prints what Argo Rollouts makes of
// each: the phase, or `Syntax` where a condition cannot even be read.
package main

import (
	"bufio"
	"encoding/json"
	"fmt"
	"os"
	"strconv"

	"github.com/argoproj/argo-rollouts/pkg/apis/rollouts/v1alpha1"
	"github.com/argoproj/argo-rollouts/utils/evaluate"
	"github.com/expr-lang/expr/parser"
	log "github.com/sirupsen/logrus"
)

type measurement struct {
	Success string `json:"success"`
	Failure string `json:"failure"`
	// The name of a Go type, and a value of it.
	Type  string          `json:"type"`
	Value json.RawMessage `json:"value"`
}

// Numbers are written as texts, so that NaN can be among them.
func (m measurement) result() (any, error) {
	var value any
	switch m.Type {
	case "floats":
		var texts []string
		if err := json.Unmarshal(m.Value, &texts); err != nil {
			return nil, err
		}
		floats := make([]float64, 0, len(texts))
		for _, text := range texts {
			float, err := strconv.ParseFloat(text, 64)
			if err != nil {
				return nil, err
			}
			floats = append(floats, float)
		}
		return floats, nil
	case "float":
		var text string
		if err := json.Unmarshal(m.Value, &text); err != nil {
			return nil, err
		}
		return strconv.ParseFloat(text, 64)
	case "missing":
		var none *float64
		return none, nil
	default:
		err := json.Unmarshal(m.Value, &value)
		return value, err
	}
}

func phase(line []byte) string {
	var m measurement
	if err := json.Unmarshal(line, &m); err != nil {
		return "bad input: " + err.Error()
	}
	for _, condition := range []string{m.Success, m.Failure} {
		if condition == "" {
			continue
		}
		if _, err := parser.Parse(condition); err != nil {
			return "Syntax"
		}
	}
	result, err := m.result()
	if err != nil {
		return "bad input: " + err.Error()
	}
	metric := v1alpha1.Metric{SuccessCondition: m.Success, FailureCondition: m.Failure}
	phase, _ := evaluate.EvaluateResult(result, metric, *log.NewEntry(log.New()))
	return string(phase)
}

func main() {
	in := bufio.NewScanner(os.Stdin)
	in.Buffer(make([]byte, 0, 1<<16), 1<<22)
	out := bufio.NewWriter(os.Stdout)
	defer out.Flush()
	for in.Scan() {
		fmt.Fprintln(out, phase(in.Bytes()))
	}
}
