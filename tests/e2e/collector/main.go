// The OpenTelemetry Collector's own OTLP receiver, for tests: prints its address, then each batch of spans that it took as a line of
// OTLP's JSON, written anew by the collector's library. Ends when its standard input does.
package main

import (
	"context"
	"fmt"
	"io"
	"log"
	"net"
	"os"

	"go.opentelemetry.io/collector/component"
	"go.opentelemetry.io/collector/component/componenttest"
	"go.opentelemetry.io/collector/confmap"
	"go.opentelemetry.io/collector/consumer"
	"go.opentelemetry.io/collector/pdata/ptrace"
	"go.opentelemetry.io/collector/receiver"
	"go.opentelemetry.io/collector/receiver/otlpreceiver"
)

const attempts = 20 // to listen on a port that was free a moment ago

func print(_ context.Context, traces ptrace.Traces) error {
	marshaler := ptrace.JSONMarshaler{}
	line, err := marshaler.MarshalTraces(traces)
	if err != nil {
		return err
	}
	_, err = os.Stdout.Write(append(line, '\n'))
	return err
}

func freeAddress() (string, error) {
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		return "", err
	}
	defer listener.Close()
	return listener.Addr().String(), nil
}

func start(ctx context.Context, address string) (receiver.Traces, error) {
	factory := otlpreceiver.NewFactory()
	config := factory.CreateDefaultConfig()
	settings := confmap.NewFromStringMap(map[string]any{
		"protocols": map[string]any{"http": map[string]any{"endpoint": address}},
	})
	if err := settings.Unmarshal(config); err != nil {
		return nil, err
	}
	next, err := consumer.NewTraces(print)
	if err != nil {
		return nil, err
	}
	set := receiver.Settings{
		ID:                component.NewID(factory.Type()),
		TelemetrySettings: componenttest.NewNopTelemetrySettings(),
	}
	traces, err := factory.CreateTraces(ctx, set, config, next)
	if err != nil {
		return nil, err
	}
	return traces, traces.Start(ctx, componenttest.NewNopHost())
}

func main() {
	ctx := context.Background()
	for attempt := 1; ; attempt++ {
		address, err := freeAddress()
		if err != nil {
			log.Fatal(err)
		}
		traces, err := start(ctx, address)
		if err == nil {
			fmt.Println("http://" + address)
			_, _ = io.Copy(io.Discard, os.Stdin)
			if err := traces.Shutdown(ctx); err != nil {
				log.Fatal(err)
			}
			return
		}
		if attempt == attempts {
			log.Fatal(err)
		}
	}
}
