/** How the broker is told what it is: one process that is broker and controller, small, and quick to answer. */
import * as path from "node:path"
import type { Certificate } from "../certificate.ts"

export interface Ports {
  readonly plain: number
  readonly controller: number
  readonly sasl: number
  readonly tls: number
}

/** Who may come in where it asks for a name, by PLAIN or SCRAM-SHA-256. */
export const user = { username: "millrace", password: "millrace-secret" }

/** Its class data are read from an archive where there is one: it starts in half the time. */
export const javaFlags = (archive: string): ReadonlyArray<string> => [
  "-Xmx320m",
  "-XX:TieredStopAtLevel=1",
  "-XX:+UseSerialGC",
  "-Xshare:auto",
  archive,
  "-Dorg.slf4j.simpleLogger.defaultLogLevel=warn",
  "-Djava.awt.headless=true"
]

const jaas = "listener.name.sasl"
const plainLogin = "org.apache.kafka.common.security.plain.PlainLoginModule"
const scramLogin = "org.apache.kafka.common.security.scram.ScramLoginModule"

const tlsLines = (directory: string): ReadonlyArray<string> => [
  "listener.name.tls.ssl.keystore.type=PEM",
  `listener.name.tls.ssl.keystore.location=${path.join(directory, "keystore.pem")}`,
  "listener.name.tls.ssl.client.auth=none"
]

export const propertiesOf = (ports: Ports, directory: string, certificate: Certificate | undefined): string => {
  const at = (name: string, port: number) => `${name}://127.0.0.1:${port}`
  const doors = [at("PLAIN", ports.plain), at("SASL", ports.sasl)]
  if (certificate !== undefined) doors.push(at("TLS", ports.tls))
  return [
    "process.roles=broker,controller",
    "node.id=1",
    `listeners=${[...doors, at("CONTROLLER", ports.controller)].join(",")}`,
    `advertised.listeners=${doors.join(",")}`,
    "listener.security.protocol.map=PLAIN:PLAINTEXT,CONTROLLER:PLAINTEXT,SASL:SASL_PLAINTEXT,TLS:SSL",
    "controller.listener.names=CONTROLLER",
    "inter.broker.listener.name=PLAIN",
    `controller.quorum.voters=1@127.0.0.1:${ports.controller}`,
    `log.dirs=${path.join(directory, "data")}`,
    "listener.name.sasl.sasl.enabled.mechanisms=PLAIN,SCRAM-SHA-256",
    `${jaas}.plain.sasl.jaas.config=${plainLogin} required user_${user.username}="${user.password}";`,
    `${jaas}.scram-sha-256.sasl.jaas.config=${scramLogin} required;`,
    ...certificate === undefined ? [] : tlsLines(directory),
    "auto.create.topics.enable=false",
    "controlled.shutdown.enable=false",
    // Without another broker there is nobody to copy to.
    "offsets.topic.replication.factor=1",
    "offsets.topic.num.partitions=4",
    "transaction.state.log.replication.factor=1",
    "transaction.state.log.min.isr=1",
    "transaction.state.log.num.partitions=4",
    "share.coordinator.state.topic.replication.factor=1",
    "share.coordinator.state.topic.min.isr=1",
    // So long it would refuse a broker that was killed and comes again.
    "broker.session.timeout.ms=2000",
    "broker.heartbeat.interval.ms=400",
    // Tests do not want to wait for members that will not come, or for owners that are gone.
    "group.initial.rebalance.delay.ms=0",
    "group.min.session.timeout.ms=1000",
    "group.consumer.min.session.timeout.ms=3000",
    "group.consumer.min.heartbeat.interval.ms=500",
    "group.consumer.heartbeat.interval.ms=500",
    "transaction.abort.timed.out.transaction.cleanup.interval.ms=1000",
    // It starts with 128 MB for this otherwise.
    "log.cleaner.dedupe.buffer.size=4194304",
    "num.network.threads=2",
    "num.io.threads=4",
    "background.threads=2",
    ""
  ].join("\n")
}
