package org.elasticsearch.plugins;

import java.lang.reflect.Constructor;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;

/** Modules and plugins are on the class path: each gets its class loader and the boot layer. */
public final class FlatLoader {
  public static PluginsLoader create(Path modules, Path plugins) throws Exception {
    Set<PluginBundle> own = PluginsLoader.loadModulesBundles(modules, false);
    Set<PluginBundle> added = PluginsLoader.loadPluginsBundles(plugins, false);
    ClassLoader loader = FlatLoader.class.getClassLoader();
    ModuleLayer boot = ModuleLayer.boot();
    Constructor<?> layer = constructor(
        Class.forName("org.elasticsearch.plugins.PluginsLoader$LoadedPluginLayer"));
    Map<String, Object> layers = new LinkedHashMap<>();
    for (Set<PluginBundle> bundles : List.of(own, added)) {
      for (PluginBundle bundle : bundles) {
        layers.put(bundle.plugin.getName(), layer.newInstance(bundle, loader, boot, loader, boot));
      }
    }
    return (PluginsLoader) constructor(PluginsLoader.class).newInstance(own, added, layers);
  }

  private static Constructor<?> constructor(Class<?> of) {
    Constructor<?> found = of.getDeclaredConstructors()[0];
    found.setAccessible(true);
    return found;
  }
}
