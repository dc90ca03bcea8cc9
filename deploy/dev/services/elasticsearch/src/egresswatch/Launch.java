package egresswatch;

import java.nio.file.Path;
import java.util.Map;
import java.util.concurrent.CountDownLatch;
import org.elasticsearch.common.logging.LogConfigurator;
import org.elasticsearch.common.settings.Settings;
import org.elasticsearch.env.Environment;
import org.elasticsearch.node.InternalSettingsPreparer;
import org.elasticsearch.node.Node;
import org.elasticsearch.plugins.FlatLoader;

/** One node on a plain class path: settings are the arguments, as name=value. */
public final class Launch {
  public static void main(String[] arguments) throws Exception {
    Path home = Path.of(System.getProperty("es.path.home")).toAbsolutePath();
    Settings.Builder builder = Settings.builder().put("path.home", home.toString());
    for (String argument : arguments) {
      int equals = argument.indexOf('=');
      builder.put(argument.substring(0, equals), argument.substring(equals + 1));
    }
    LogConfigurator.configureESLogging();
    LogConfigurator.setNodeName("dev");
    Environment environment = InternalSettingsPreparer.prepareEnvironment(
        builder.build(), Map.of(), home.resolve("config"), () -> "dev");
    LogConfigurator.configure(environment, true);
    Node node = new Node(
        environment, FlatLoader.create(environment.modulesDir(), environment.pluginsDir()));
    node.start();
    Runtime.getRuntime().addShutdownHook(new Thread(() -> {
      try {
        node.close();
      } catch (Exception error) {
        error.printStackTrace();
      }
    }));
    new CountDownLatch(1).await();
  }
}
