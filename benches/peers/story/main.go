// The story of the README in go-zero: one ServiceGroup with a gRPC server, and the gateway that calls it.
//
// The gRPC service is grpc.health.v1, because its code is part of grpc-go: each call of Check takes -work. go.mod has the
// newest go-zero, go-zero-1.6.6.mod the version that the report was about.
package main

import (
	"context"
	"flag"
	"fmt"
	"time"

	"github.com/zeromicro/go-zero/core/conf"
	"github.com/zeromicro/go-zero/core/service"
	"github.com/zeromicro/go-zero/gateway"
	"github.com/zeromicro/go-zero/zrpc"
	"google.golang.org/grpc"
	"google.golang.org/grpc/health/grpc_health_v1"
	"google.golang.org/grpc/reflection"
)

type config struct {
	Rpc     zrpc.RpcServerConf
	Gateway gateway.GatewayConf
}

type slow struct {
	grpc_health_v1.UnimplementedHealthServer
	work time.Duration
}

func (s slow) Check(context.Context, *grpc_health_v1.HealthCheckRequest) (*grpc_health_v1.HealthCheckResponse, error) {
	time.Sleep(s.work)
	return &grpc_health_v1.HealthCheckResponse{}, nil
}

func main() {
	file := flag.String("f", "", "file of the configuration")
	work := flag.Duration("work", 0, "how long a call takes")
	flag.Parse()
	var c config
	conf.MustLoad(*file, &c)
	group := service.NewServiceGroup()
	group.Add(zrpc.MustNewServer(c.Rpc, func(server *grpc.Server) {
		grpc_health_v1.RegisterHealthServer(server, slow{work: *work})
		reflection.Register(server)
	}))
	group.Add(gateway.MustNewServer(c.Gateway))
	group.Start()
	group.Stop()
	fmt.Println("Exiting")
}
