// The same graph of services under fx, samber/do v2, dskit and go-zero's ServiceGroup.
//
// The first line of standard input is {"needs": [[], [0], ..], "ms": 10}: which services each needs, and how long each
// stop takes. Each further line starts and stops the graph once under each of them, and is answered by one line each:
// name, nanoseconds of the stop, processor nanoseconds of start and stop together, violations of the order. A violation
// is an edge whose needed service began to stop before the stop of the service that needs it had ended.
package main

import (
	"bufio"
	"context"
	"encoding/json"
	"fmt"
	"os"
	"reflect"
	"sync"
	"sync/atomic"
	"syscall"
	"time"

	"github.com/go-kit/log"
	"github.com/grafana/dskit/modules"
	"github.com/grafana/dskit/services"
	"github.com/samber/do/v2"
	"github.com/zeromicro/go-zero/core/logx"
	"github.com/zeromicro/go-zero/core/service"
	"go.uber.org/fx"
)

var graph struct {
	Needs [][]int `json:"needs"`
	Ms    int     `json:"ms"`
}

// Positions in one sequence of all begins and ends of stops.
var sequence atomic.Int64
var begins, ends []int64

func stop(i int) {
	begins[i] = sequence.Add(1)
	if graph.Ms > 0 {
		time.Sleep(time.Duration(graph.Ms) * time.Millisecond)
	}
	ends[i] = sequence.Add(1)
}

func name(i int) string { return fmt.Sprintf("service_%d", i) }

func names(indices []int) []string {
	all := make([]string, 0, len(indices))
	for _, i := range indices {
		all = append(all, name(i))
	}
	return all
}

func must(err error) {
	if err != nil {
		panic(err)
	}
}

type node struct{ i int }

func (n *node) Shutdown(context.Context) error { stop(n.i); return nil }

// runFx has a constructor for each service; its named parameters are the edges.
func runFx() time.Duration {
	lifecycle := reflect.TypeOf((*fx.Lifecycle)(nil)).Elem()
	result := reflect.TypeOf((*node)(nil))
	options := []fx.Option{fx.NopLogger, fx.StartTimeout(time.Hour), fx.StopTimeout(time.Hour)}
	for i, needs := range graph.Needs {
		parameters, tags := []reflect.Type{lifecycle}, []string{""}
		for _, needed := range needs {
			parameters = append(parameters, result)
			tags = append(tags, fmt.Sprintf(`name:%q`, name(needed)))
		}
		construct := func(arguments []reflect.Value) []reflect.Value {
			arguments[0].Interface().(fx.Lifecycle).Append(fx.Hook{
				OnStart: func(context.Context) error { return nil },
				OnStop:  func(context.Context) error { stop(i); return nil },
			})
			return []reflect.Value{reflect.ValueOf(&node{i})}
		}
		constructor := reflect.MakeFunc(reflect.FuncOf(parameters, []reflect.Type{result}, false), construct)
		tag := fmt.Sprintf(`name:%q`, name(i))
		options = append(options,
			fx.Provide(fx.Annotate(constructor.Interface(), fx.ParamTags(tags...), fx.ResultTags(tag))),
			fx.Invoke(fx.Annotate(func(*node) {}, fx.ParamTags(tag))))
	}
	app := fx.New(options...)
	must(app.Err())
	must(app.Start(context.Background()))
	begin := time.Now()
	must(app.Stop(context.Background()))
	return time.Since(begin)
}

// runDo invokes the services that each needs in its provider; the invocations are the edges.
func runDo() time.Duration {
	injector := do.New()
	for i, needs := range graph.Needs {
		do.ProvideNamed(injector, name(i), func(injector do.Injector) (*node, error) {
			for _, needed := range needs {
				do.MustInvokeNamed[*node](injector, name(needed))
			}
			return &node{i}, nil
		})
	}
	for i := range graph.Needs {
		do.MustInvokeNamed[*node](injector, name(i))
	}
	begin := time.Now()
	report := injector.ShutdownWithContext(context.Background())
	if !report.Succeed {
		panic(report.Error())
	}
	return time.Since(begin)
}

// runDskit has a module for each service, with the names of those that it needs.
func runDskit() time.Duration {
	manager := modules.NewManager(log.NewNopLogger())
	all := make([]int, 0, len(graph.Needs))
	for i := range graph.Needs {
		manager.RegisterModule(name(i), func() (services.Service, error) {
			return services.NewIdleService(nil, func(error) error { stop(i); return nil }), nil
		})
		all = append(all, i)
	}
	for i, needs := range graph.Needs {
		must(manager.AddDependency(name(i), names(needs)...))
	}
	made, err := manager.InitModuleServices(names(all)...)
	must(err)
	var list []services.Service
	for _, each := range made {
		list = append(list, each)
	}
	running, err := services.NewManager(list...)
	must(err)
	must(services.StartManagerAndAwaitHealthy(context.Background(), running))
	begin := time.Now()
	must(services.StopManagerAndAwaitStopped(context.Background(), running))
	return time.Since(begin)
}

type blocking struct {
	i      int
	begun  *sync.WaitGroup
	ending chan struct{}
}

func (b *blocking) Start() { b.begun.Done(); <-b.ending }
func (b *blocking) Stop()  { stop(b.i); close(b.ending) }

// runGoZero adds all services to one group, which knows no edges.
func runGoZero() time.Duration {
	group := service.NewServiceGroup()
	var begun sync.WaitGroup
	begun.Add(len(graph.Needs))
	for i := range graph.Needs {
		group.Add(&blocking{i, &begun, make(chan struct{})})
	}
	over := make(chan struct{})
	go func() { group.Start(); close(over) }()
	begun.Wait()
	begin := time.Now()
	group.Stop()
	<-over
	return time.Since(begin)
}

func violations() (count int) {
	for i, needs := range graph.Needs {
		for _, needed := range needs {
			if begins[needed] < ends[i] {
				count++
			}
		}
	}
	return count
}

func processor() int64 {
	var usage syscall.Rusage
	must(syscall.Getrusage(syscall.RUSAGE_SELF, &usage))
	return usage.Utime.Nano() + usage.Stime.Nano()
}

func main() {
	logx.Disable()
	input := bufio.NewReader(os.Stdin)
	line, err := input.ReadBytes('\n')
	must(err)
	must(json.Unmarshal(line, &graph))
	begins, ends = make([]int64, len(graph.Needs)), make([]int64, len(graph.Needs))
	peers := []struct {
		name string
		run  func() time.Duration
	}{{"fx", runFx}, {"do", runDo}, {"dskit", runDskit}, {"go-zero", runGoZero}}
	for {
		if _, err := input.ReadBytes('\n'); err != nil {
			return
		}
		for _, peer := range peers {
			before := processor()
			took := peer.run()
			fmt.Println(peer.name, took.Nanoseconds(), processor()-before, violations())
		}
	}
}
